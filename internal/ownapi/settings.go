package ownapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/ghapi"
)

// changeOrganization and changeEnterprise are who may change settings: who may change whose
// seats there are (rule A2).
var (
	changeOrganization = usher.Access{
		Kind: usher.Organization, Roles: []usher.Role{usher.RoleOwner},
		Scopes:      []string{usher.ScopeManageBillingCopilot, usher.ScopeAdminOrg},
		Permissions: []string{usher.PermissionSeatManagement, usher.PermissionAdministration},
		Level:       usher.LevelWrite,
	}
	changeEnterprise = usher.Access{
		Kind: usher.Enterprise, Roles: []usher.Role{usher.RoleOwner},
		Scopes: []string{usher.ScopeManageBillingCopilot, usher.ScopeAdminEnterprise},
	}
)

// enterpriseSettings are an account's, in the words of the seed file.
type enterpriseSettings struct {
	Enabled bool `json:"enabled"`
	*subscription
}

// organizationSettings are with the slug of the enterprise that the organization belongs to.
type organizationSettings struct {
	enterpriseSettings
	Enterprise *string `json:"enterprise"`
}

type subscription struct {
	Plan                  usher.Plan           `json:"plan" enum:"business|enterprise"`
	SeatManagement        usher.SeatManagement `json:"seat_management" enum:"assign_all|assign_selected|disabled|unconfigured"`
	PublicCodeSuggestions usher.Policy         `json:"public_code_suggestions" enum:"allow|block|unconfigured"`
	IDEChat               usher.Policy         `json:"ide_chat" enum:"enabled|disabled|unconfigured"`
	PlatformChat          usher.Policy         `json:"platform_chat" enum:"enabled|disabled|unconfigured"`
	CLI                   usher.Policy         `json:"cli" enum:"enabled|disabled|unconfigured"`
	Billing               billing              `json:"billing"`
}

type billing struct {
	SetUp          bool `json:"set_up"`
	PaymentProblem bool `json:"payment_problem"`
	CycleDay       int  `json:"cycle_day" min:"1" max:"28"`
}

// settingsWanted is what settingsIn reads of an enterprise.
type settingsWanted struct {
	Enabled               bool          `json:"enabled,omitempty"`
	Plan                  string        `json:"plan,omitempty" enum:"business|enterprise"`
	SeatManagement        string        `json:"seat_management,omitempty" enum:"assign_all|assign_selected|disabled|unconfigured"`
	PublicCodeSuggestions string        `json:"public_code_suggestions,omitempty" enum:"allow|block|unconfigured"`
	IDEChat               string        `json:"ide_chat,omitempty" enum:"enabled|disabled|unconfigured"`
	PlatformChat          string        `json:"platform_chat,omitempty" enum:"enabled|disabled|unconfigured"`
	CLI                   string        `json:"cli,omitempty" enum:"enabled|disabled|unconfigured"`
	Billing               billingWanted `json:"billing,omitzero"`
}

// organizationWanted is what settingsIn reads of an organization.
type organizationWanted struct {
	settingsWanted
	Enterprise *string `json:"enterprise,omitempty" about:"Goes alone: the slug of the enterprise to move into, or null to leave the one there is."`
}

type billingWanted struct {
	SetUp          bool `json:"set_up,omitempty"`
	PaymentProblem bool `json:"payment_problem,omitempty"`
	CycleDay       int  `json:"cycle_day,omitempty" min:"1" max:"28"`
}

func (settingsWanted) refine(made schema) { strict(made) }

func (billingWanted) refine(made schema) { strict(made) }

// strict has an object with no other keys than its own, and with one of them at least.
func strict(made schema) { made["additionalProperties"], made["minProperties"] = false, 1 }

func (c Config) organizationCopilot(q *ghapi.Request) error {
	wanted, err := readSettings(q)
	if err != nil {
		return err
	}
	var changed usher.Settings
	if wanted.moves {
		target := usher.AccountName{Kind: usher.Enterprise, Login: wanted.enterprise}
		changed, err = c.Service.MoveOrganization(q.R.Context(), q.Account.Ref, target, *q.Caller, q.By())
	} else {
		changed, err = c.Service.ChangeSubscription(q.R.Context(), q.Account.Ref, wanted.change, q.By())
	}
	if err != nil {
		return err
	}
	shown := organizationSettings{enterpriseSettings: settingsOf(changed)}
	if changed.Enterprise != nil {
		shown.Enterprise = &changed.Enterprise.Login
	}
	return respond(q, http.StatusOK, shown)
}

func (c Config) enterpriseCopilot(q *ghapi.Request) error {
	wanted, err := readSettings(q)
	if err != nil {
		return err
	}
	changed, err := c.Service.ChangeSubscription(q.R.Context(), q.Account.Ref, wanted.change, q.By())
	if err != nil {
		return err
	}
	return respond(q, http.StatusOK, settingsOf(changed))
}

func settingsOf(s usher.Settings) enterpriseSettings {
	sub := s.Account.Subscription
	if sub == nil {
		return enterpriseSettings{}
	}
	return enterpriseSettings{Enabled: true, subscription: &subscription{
		Plan: sub.Plan, SeatManagement: sub.SeatManagement,
		PublicCodeSuggestions: sub.PublicCodeSuggestions, IDEChat: sub.IDEChat, PlatformChat: sub.PlatformChat, CLI: sub.CLI,
		Billing: billing{SetUp: sub.BillingSetUp, PaymentProblem: sub.PaymentProblem, CycleDay: sub.CycleDay},
	}}
}

// wantedSettings are what a body asks for: a change of the subscription, or a move.
type wantedSettings struct {
	change     usher.SubscriptionChange
	moves      bool
	enterprise string // the slug of the enterprise to move into; empty: out of the one there is
}

func readSettings(q *ghapi.Request) (wantedSettings, error) {
	body, err := q.ReadBody()
	if err != nil {
		return wantedSettings{}, err
	}
	return settingsIn(body, q.Account.Ref.Kind)
}

// settingsIn reads a body. All that is wrong with it is told at once. A key that nobody knows
// is wrong here, other than in GitHub's bodies: a slip of the pen must not pass for done.
func settingsIn(body []byte, kind usher.AccountKind) (wanted wantedSettings, err error) {
	object, err := ghapi.DecodeObject(body)
	if err != nil {
		return wanted, err
	}
	f := &form{object: object}
	chosen := &wanted.change
	chosen.Enabled = f.flag("enabled")
	chosen.Plan = choice(f, "plan", usher.PlanBusiness, usher.PlanEnterprise)
	chosen.SeatManagement = choice(f, "seat_management", usher.AssignAll, usher.AssignSelected, usher.AssignmentDisabled, usher.AssignmentUnconfigured)
	chosen.PublicCodeSuggestions = choice[usher.Policy](f, "public_code_suggestions", "allow", "block", usher.PolicyUnconfigured)
	chosen.IDEChat = choice[usher.Policy](f, "ide_chat", "enabled", "disabled", usher.PolicyUnconfigured)
	chosen.PlatformChat = choice[usher.Policy](f, "platform_chat", "enabled", "disabled", usher.PolicyUnconfigured)
	chosen.CLI = choice[usher.Policy](f, "cli", "enabled", "disabled", usher.PolicyUnconfigured)
	f.readBilling(chosen)
	if kind == usher.Organization {
		wanted.enterprise, wanted.moves = f.enterprise()
	}
	f.readNothingElse()
	if len(f.wrong) > 0 {
		return wanted, ghapi.SchemaError(f.wrong...)
	}
	return wanted, nil
}

// form reads the keys of a JSON object and notes what is wrong with them.
type form struct {
	object map[string]json.RawMessage
	within string   // of an object in another: the outer key, with a dot
	keys   []string // that have been asked for
	wrong  []string
}

// value is what stands under a key; ok is false where nothing does.
func (f *form) value(key string) (raw json.RawMessage, ok bool) {
	f.keys = append(f.keys, key)
	raw, ok = f.object[key]
	return raw, ok
}

func (f *form) refuse(key, format string, args ...any) {
	f.wrong = append(f.wrong, fmt.Sprintf(`"%s%s" `, f.within, key)+fmt.Sprintf(format, args...))
}

// choice reads one of some words.
func choice[T ~string](f *form, key string, words ...T) *T {
	raw, ok := f.value(key)
	if !ok {
		return nil
	}
	if text, ok := textOf(raw); ok && slices.Contains(words, T(text)) {
		return new(T(text))
	}
	allowed := make([]string, len(words))
	for i, word := range words {
		allowed[i] = string(word)
	}
	f.refuse(key, "must be one of %s.", strings.Join(allowed, ", "))
	return nil
}

func (f *form) flag(key string) *bool {
	raw, ok := f.value(key)
	if !ok {
		return nil
	}
	if text := string(raw); text == "true" || text == "false" {
		return new(text == "true")
	}
	f.refuse(key, "must be true or false.")
	return nil
}

// number reads a whole number from 1 on.
func (f *form) number(key string, last int) *int {
	raw, ok := f.value(key)
	if !ok {
		return nil
	}
	var number int
	if err := json.Unmarshal(raw, &number); err == nil && number >= 1 && number <= last {
		return &number
	}
	f.refuse(key, "must be a whole number from 1 to %d.", last)
	return nil
}

func (f *form) readBilling(change *usher.SubscriptionChange) {
	raw, ok := f.value("billing")
	if !ok {
		return
	}
	object, err := ghapi.DecodeObject(raw)
	if err != nil {
		f.refuse("billing", `must be an object, like {"cycle_day":15}.`)
		return
	}
	billing := &form{object: object, within: "billing."}
	change.BillingSetUp = billing.flag("set_up")
	change.PaymentProblem = billing.flag("payment_problem")
	change.CycleDay = billing.number("cycle_day", lastCycleDay)
	billing.readNothingElse()
	f.wrong = append(f.wrong, billing.wrong...)
}

// lastCycleDay is the last day that comes in every month (rule C1).
const lastCycleDay = 28

// enterprise reads where an organization is to be moved; moves is false where it stays.
func (f *form) enterprise() (slug string, moves bool) {
	raw, ok := f.value("enterprise")
	if !ok {
		return "", false
	}
	if len(f.object) > 1 {
		f.refuse("enterprise", "goes alone: move the organization and change its settings in two calls.")
		return "", false
	}
	if string(raw) == "null" {
		return "", true
	}
	slug, ok = textOf(raw)
	if !ok || slug == "" {
		f.refuse("enterprise", "must be the slug of an enterprise, or null for none.")
	}
	return slug, true
}

// maxUnknownKeys is how many keys that nobody knows are named.
const maxUnknownKeys = 10

// readNothingElse refuses keys that nobody has asked for, and an object without any.
func (f *form) readNothingElse() {
	here := strings.Join(f.keys, ", ")
	if len(f.object) == 0 {
		f.wrong = append(f.wrong, fmt.Sprintf("At least one of these keys is needed: %s%s.", f.within, strings.Join(f.keys, ", "+f.within)))
	}
	unknown := slices.DeleteFunc(slices.Sorted(maps.Keys(f.object)), func(key string) bool { return slices.Contains(f.keys, key) })
	for _, key := range unknown[:min(len(unknown), maxUnknownKeys)] {
		f.wrong = append(f.wrong, fmt.Sprintf("%q is not a key of %s; the keys are %s.", f.within+shortened(key), f.place(), here))
	}
}

func (f *form) place() string {
	if f.within == "" {
		return "the body"
	}
	return strings.TrimSuffix(f.within, ".")
}

// maxShownKey is how many characters of a key that nobody knows are shown.
const maxShownKey = 100

func shortened(key string) string {
	letters := []rune(key)
	if len(letters) <= maxShownKey {
		return key
	}
	return string(letters[:maxShownKey]) + "…"
}

// textOf is a JSON string; null and anything else are none.
func textOf(raw json.RawMessage) (text string, ok bool) {
	ok = len(raw) > 0 && raw[0] == '"' && json.Unmarshal(raw, &text) == nil
	return text, ok
}

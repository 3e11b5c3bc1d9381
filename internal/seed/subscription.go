package seed

import "github.com/usher-seats/usher"

func (a *account) readSubscription() {
	e, ok := a.section("copilot", copilotKeys...)
	if !ok {
		return
	}
	s := &usher.Subscription{
		Plan:                  usher.Plan(e.choice("plan", "business", "enterprise")),
		SeatManagement:        usher.SeatManagement(e.choice("seat_management", "unconfigured", "assign_all", "assign_selected", "disabled")),
		PublicCodeSuggestions: usher.Policy(e.choice("public_code_suggestions", "unconfigured", "allow", "block")),
		IDEChat:               usher.Policy(e.choice("ide_chat", "unconfigured", "enabled", "disabled")),
		PlatformChat:          usher.Policy(e.choice("platform_chat", "unconfigured", "enabled", "disabled")),
		CLI:                   usher.Policy(e.choice("cli", "unconfigured", "enabled", "disabled")),
		BillingSetUp:          true,
		CycleDay:              1,
	}
	a.world.Account.Subscription = s
	billing, ok := e.section("billing", billingKeys...)
	if !ok {
		return
	}
	s.BillingSetUp = billing.flag("set_up", true)
	s.PaymentProblem = billing.flag("payment_problem", false)
	// Later days do not come in every month (rule C1).
	if day := billing.number("cycle_day", 28); day > 0 {
		s.CycleDay = int(day)
	}
}

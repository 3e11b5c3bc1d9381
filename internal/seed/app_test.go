package seed_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/seed"
)

// aKey and anotherKey are of the size that an app's has at least.
var (
	aKey       = sync.OnceValue(func() *rsa.PrivateKey { return newKey(2048) })
	anotherKey = sync.OnceValue(func() *rsa.PrivateKey { return newKey(2048) })
)

func newKey(bits int) *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		panic(err)
	}
	return key
}

// der is what is kept of a public key.
func der(t *testing.T, key any) []byte {
	t.Helper()
	encoded, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

// inPEM is bytes in PEM, as a text in quotes that stands in one line of YAML.
func inPEM(kind string, encoded []byte) string {
	return strconv.Quote(string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: encoded})))
}

func TestAnAppIsReadWithItsKeysAndInstallations(t *testing.T) {
	t.Parallel()
	one, other := aKey(), anotherKey()
	block := "      " + strings.ReplaceAll(strings.TrimSpace(string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der(t, &one.PublicKey)}))), "\n", "\n      ")
	got := parse(t, `
apps:
  - slug: seat-bot
    client_id: Iv23.aB-c_1
    name: Seat Bot
    description: Gives seats.
    owner: Acme
    permissions: {organization_copilot_seat_management: write, members: read}
    public_key: |
`+block+`
    installations:
      - acme
      - {organization: Beta, id: 11, permissions: {organization_copilot_seat_management: read}}
  - slug: Other-Bot
    id: 7
    public_keys: [`+inPEM("PUBLIC KEY", der(t, &one.PublicKey))+`, `+inPEM("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&other.PublicKey))+`]
    installations: [{organization: acme}]
organizations:
  - {login: acme, id: 3}
  - {login: beta, id: 5}
`)
	want := usher.World{
		Digest:   got.Digest,
		Accounts: got.Accounts,
		Apps: []usher.App{
			{
				ID: 8, ClientID: "Iv23.aB-c_1", Slug: "seat-bot", Name: "Seat Bot", Description: "Gives seats.", OwnerID: 3, PublicKeys: [][]byte{der(t, &one.PublicKey)},
				Permissions: map[string]string{"organization_copilot_seat_management": "write", "members": "read"},
			},
			{ID: 7, Slug: "Other-Bot", Name: "Other-Bot", PublicKeys: [][]byte{der(t, &one.PublicKey), der(t, &other.PublicKey)}},
		},
		Installations: []usher.Installation{
			{ID: 12, AppID: 8, OrganizationID: 3, Permissions: map[string]string{"organization_copilot_seat_management": "write", "members": "read"}},
			{ID: 11, AppID: 8, OrganizationID: 5, Permissions: map[string]string{"organization_copilot_seat_management": "read"}},
			{ID: 13, AppID: 7, OrganizationID: 3},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAMistakeInAnAppIsRefused(t *testing.T) {
	t.Parallel()
	key := inPEM("PUBLIC KEY", der(t, &aKey().PublicKey))
	elliptical, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	const (
		at    = `w.yaml:3: app "bot": `
		noPEM = at + "a public key must be in PEM and alone, from -----BEGIN PUBLIC KEY----- to -----END PUBLIC KEY-----; openssl rsa -in KEY.pem -pubout prints it"
	)
	// short is never made: it only has the length.
	short := aKey().PublicKey
	short.N = newKey(1024).N
	even := aKey().PublicKey
	even.E = 65536
	with := func(more string) string { return "{slug: bot, public_key: " + key + more + "}" }
	for _, c := range []struct{ name, app, want string }{
		{"a text", "bot", "w.yaml:3: app 1: this must be a mapping (key: value), not text"},
		{"without a slug", "{public_key: " + key + "}", "w.yaml:3: app 1: slug is missing"},
		{"a slug with a space", "{slug: seat bot, public_key: " + key + "}", "w.yaml:3: app 1: slug may have ASCII letters, digits, - and _ only, and 1 to 100 of them"},
		{"an unknown key", with(", events: []"), at + `unknown key "events"; the keys here are slug, id, client_id, name, description, owner, public_key, public_keys, permissions, installations`},
		{"an unknown key that may be a secret", with(", MIIEvQIBADANBgkqhkiG: 1"), at + `unknown key (not shown: it may be a token); the keys here are slug, id, client_id, name, description, owner, public_key, public_keys, permissions, installations`},
		{"an unknown owner", with(", owner: ghost"), at + `owner "ghost" is not listed under organizations`},
		{"a client id of digits", with(", client_id: '12'"), at + "client_id may have ASCII letters, digits, ., - and _ only, 1 to 100 of them, and not digits alone"},
		{"a client id with a space", with(", client_id: a b"), at + "client_id may have ASCII letters, digits, ., - and _ only, 1 to 100 of them, and not digits alone"},
		{"an empty client id", with(", client_id: ''"), at + "client_id may have ASCII letters, digits, ., - and _ only, 1 to 100 of them, and not digits alone"},
		{"a permission that is none", with(", permissions: {members: admin}"), at + `permission "members" must be read or write`},
		{"a slug twice", with("") + "\n  - {slug: bot, public_key: " + key + "}", `w.yaml:4: app "bot": another app has the same slug, on line 3; choose another`},
		{"a client id twice", with(", client_id: a") + "\n  - {slug: other, client_id: a, public_key: " + key + "}", `w.yaml:4: app "other": another app has the same client_id, on line 3; choose another`},
		{"an id twice", with(", id: 1") + "\n  - {slug: other, id: 1, public_key: " + key + "}", `w.yaml:4: app "other": the id 1 is already given on line 3; choose another, or leave it out`},

		{"without a public key", "{slug: bot}", at + "public_key is missing; without one nobody could say that they are the app"},
		{"an empty list of keys", "{slug: bot, public_keys: []}", at + "public_key is missing; without one nobody could say that they are the app"},
		{"one key and several", with(", public_keys: [" + inPEM("PUBLIC KEY", der(t, &anotherKey().PublicKey)) + "]"), at + "there are public_keys too; put this one among them"},
		{"the same key twice", "{slug: bot, public_keys: [" + key + ", " + key + "]}", at + "the app has this public key already; remove one of the two"},
		{"too many keys", "{slug: bot, public_keys: [" + strings.Repeat(key+", ", 11) + "]}", at + "an app can have 10 public keys at most"},
		{"a key that is a number", "{slug: bot, public_key: 5}", at + "a public key must be text, not a number; put it in quotes"},
		{"a key that is a word", "{slug: bot, public_key: secret}", noPEM},
		{"an empty key", "{slug: bot, public_key: ''}", noPEM},
		{"a key after other text", `{slug: bot, public_key: "x` + `\n` + key[1:] + "}", noPEM},
		{"two keys in one text", "{slug: bot, public_key: " + key[:len(key)-1] + key[1:] + "}", noPEM},
		{"a certificate", "{slug: bot, public_key: " + inPEM("CERTIFICATE", []byte("x")) + "}", at + "this is PEM, but no public key; it must begin with -----BEGIN PUBLIC KEY-----"},
		{"a damaged key", "{slug: bot, public_key: " + inPEM("PUBLIC KEY", []byte("x")) + "}", at + "the public key is damaged: what is between BEGIN and END is none"},
		{"a damaged key of the older form", "{slug: bot, public_key: " + inPEM("RSA PUBLIC KEY", []byte("x")) + "}", at + "the public key is damaged: what is between BEGIN and END is none"},
		{"a key of another kind", "{slug: bot, public_key: " + inPEM("PUBLIC KEY", der(t, &elliptical.PublicKey)) + "}", at + "the public key is none of RSA, with which apps sign; make one with openssl genrsa -out KEY.pem 2048"},
		{"a short key", "{slug: bot, public_key: " + inPEM("PUBLIC KEY", der(t, &short)) + "}", at + "the public key has 1024 bits; it must have 2048 to 8192"},
		{"an exponent that is none", "{slug: bot, public_key: " + inPEM("PUBLIC KEY", der(t, &even)) + "}", at + "no signature could be made for this public key; make another"},

		{"in an unknown organization", with(", installations: [ghost]"), at + `installation 1: organization "ghost" is not listed under organizations`},
		{"in no organization", with(", installations: [{id: 1}]"), at + "installation 1: organization is missing"},
		{"in a number", with(", installations: [5]"), at + "installation 1: organization must be text, not a number; put it in quotes"},
		{"in one organization twice", with(", installations: [acme, {organization: ACME}]"), at + "installation 2: the app is already installed there, on line 3; remove one of the two"},
		{"an unknown key of an installation", with(", installations: [{organization: acme, suspended: true}]"), at + `installation 1: unknown key "suspended"; the keys here are organization, id, permissions`},
		{"more than the app may", with(", permissions: {members: read}, installations: [{organization: acme, permissions: {members: write, metadata: read}}]"), at + `installation 1: the app itself has no permission "members": "write"; give it to the app too, or remove it here` + "\n" +
			at + `installation 1: the app itself has no permission "metadata": "read"; give it to the app too, or remove it here`},
		{"an installation's id twice", with(", installations: [{organization: acme, id: 4}]") + "\n  - {slug: other, public_key: " + key + ", installations: [{organization: acme, id: 4}]}", `w.yaml:4: app "other": installation 1: the id 4 is already given on line 3; choose another, or leave it out`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := seed.Parse("w.yaml", []byte("organizations: [{login: acme}]\napps:\n  - "+c.app+"\n"), now(), seed.Options{})
			if err == nil {
				t.Fatal("got no error")
			}
			if diff := cmp.Diff(c.want, err.Error()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestAPrivateKeyIsRefusedWhereverItStandsAndNeverShown(t *testing.T) {
	t.Parallel()
	pkcs8, err := x509.MarshalPKCS8PrivateKey(aKey())
	if err != nil {
		t.Fatal(err)
	}
	const warning = "this is a private key, which must be kept secret: only the app itself may have it, and whoever could read this file can now act as the app." +
		" Make a new one, and put its public half here: openssl rsa -in NEW.pem -pubout"
	for _, private := range []string{inPEM("PRIVATE KEY", pkcs8), inPEM("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(aKey())), inPEM("ENCRYPTED PRIVATE KEY", pkcs8)} {
		for _, app := range []string{
			"{slug: bot, public_key: " + private + "}",
			"{slug: bot, public_keys: [" + private + "]}",
			"{slug: bot, private_key: " + private + "}",
			"{slug: " + private + "}",
			"{slug: bot, ? " + private + " : 1}",
			"{slug: bot, installations: [{organization: " + private + "}]}",
			private,
		} {
			_, err := seed.Parse("w.yaml", []byte("apps:\n  - "+app+"\n"), now(), seed.Options{})
			if err == nil {
				t.Fatalf("%.60s: got no error", app)
			}
			if !strings.HasSuffix(err.Error(), warning) {
				t.Errorf("%.60s: got %v, want the warning", app, err)
			}
			secret := private[len(private)-200 : len(private)-180]
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%.60s: the key is shown: %v", app, err)
			}
		}
	}
}

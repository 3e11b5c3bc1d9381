package e2e

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-github/v89/github"
)

// appClient is the client id of the app in the world that withApp has.
const appClient = "Iv23.SeatBot"

// withApp is a server whose world has the app 7, installed in acme-dev as 11, and the key that
// only the app has.
func withApp(t *testing.T) (server usher, key *rsa.PrivateKey) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(world)
	if err != nil {
		t.Fatal(err)
	}
	text = fmt.Appendf(text, `
apps:
  - slug: seat-bot
    id: 7
    client_id: %s
    public_key: %s
    permissions: {organization_copilot_seat_management: write, members: read}
    installations: [{organization: acme-dev, id: 11}]
`, appClient, strconv.Quote(string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}))))
	seed := filepath.Join(t.TempDir(), "world.yaml")
	if err := os.WriteFile(seed, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return serve(t, "--seed", seed), key
}

// signedBy is an app's JWT, for so long.
func signedBy(t *testing.T, key *rsa.PrivateKey, issuer string, life time.Duration) string {
	t.Helper()
	now := time.Now()
	signed, err := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.RegisteredClaims{
		Issuer: issuer, IssuedAt: jwt.NewNumericDate(now.Add(-time.Minute)), ExpiresAt: jwt.NewNumericDate(now.Add(life)),
	}).SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func TestGoGitHubActsAsAnApp(t *testing.T) {
	t.Parallel()
	server, key := withApp(t)
	ctx := t.Context()
	app := goGitHub(t, server.url, signedBy(t, key, "7", 9*time.Minute)).Apps

	installations, _, err := app.ListInstallations(ctx, nil)
	if err != nil || len(installations) != 1 {
		t.Fatalf("installations: got %v, %v; want one", installations, err)
	}
	found, _, err := app.GetOrganizationInstallation(ctx, "acme-dev")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(installations[0], found); diff != "" {
		t.Errorf("the installation (-listed +found):\n%s", diff)
	}
	if found.GetID() != 11 || found.GetAppID() != 7 || found.GetAppSlug() != "seat-bot" || found.GetAccount().GetLogin() != "acme-dev" || found.GetTargetType() != "Organization" {
		t.Errorf("got %v", found)
	}
	if got := found.GetPermissions().GetOrganizationCopilotSeatManagement(); got != "write" {
		t.Errorf("its permission: got %q, want write", got)
	}
	if _, response, err := app.GetOrganizationInstallation(ctx, "acme-lab"); err == nil || response.StatusCode != http.StatusNotFound {
		t.Errorf("where it is not installed: got %v, want 404", err)
	}

	minted, _, err := app.CreateInstallationToken(ctx, found.GetID(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if left := time.Until(minted.GetExpiresAt().Time); left > time.Hour || left < 58*time.Minute {
		t.Errorf("the token expires in %s, want an hour", left)
	}
	installed := goGitHub(t, server.url, minted.GetToken())
	if got, _, err := installed.Copilot.AddCopilotUsers(ctx, "acme-dev", []string{"linus"}); err != nil || got.SeatsCreated != 1 {
		t.Errorf("a seat: got %v, %v; want one", got, err)
	}
	narrow, _, err := app.CreateInstallationToken(ctx, found.GetID(), &github.InstallationTokenOptions{
		Permissions: &github.InstallationPermissions{OrganizationCopilotSeatManagement: new("read")},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, response, err := goGitHub(t, server.url, narrow.GetToken()).Copilot.AddCopilotUsers(ctx, "acme-dev", []string{"linus"}); err == nil || response.StatusCode != http.StatusForbidden {
		t.Errorf("with less: got %v, want 403", err)
	}
	_, _, err = app.CreateInstallationToken(ctx, found.GetID(), &github.InstallationTokenOptions{Permissions: &github.InstallationPermissions{Members: new("write")}})
	var refused *github.ErrorResponse
	if !errors.As(err, &refused) || refused.Message != "The permissions requested are not granted to this installation." {
		t.Errorf("with more: got %v", err)
	}
}

func TestGoGitHubIsToldWhatIsWrongWithAJWT(t *testing.T) {
	t.Parallel()
	server, key := withApp(t)
	for _, c := range []struct {
		issuer string
		life   time.Duration
		status int
		want   string
	}{
		{"7", -time.Second, 401, "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires"},
		{"7", 11 * time.Minute, 401, "'Expiration time' claim ('exp') is too far in the future"},
		{"99", time.Minute, 404, "Integration not found"},
		{appClient, time.Minute, 200, ""},
	} {
		_, response, err := goGitHub(t, server.url, signedBy(t, key, c.issuer, c.life)).Apps.ListInstallations(t.Context(), nil)
		var refused *github.ErrorResponse
		if response == nil || response.StatusCode != c.status || errors.As(err, &refused) && refused.Message != c.want {
			t.Errorf("%s for %s: got %v, want %d %s", c.issuer, c.life, err, c.status, c.want)
		}
	}
}

func TestOctokitActsAsAnApp(t *testing.T) {
	t.Parallel()
	server, key := withApp(t)
	private := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
	runNode(t, "app", "USHER_URL="+server.url, "APP_CLIENT="+appClient, "APP_KEY="+string(private))
}

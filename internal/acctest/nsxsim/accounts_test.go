// SPDX-License-Identifier: MPL-2.0

package nsxsim

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// login asks for a session. The form is sent as it is.
func login(t *testing.T, m *Manager, form string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, m.URL()+"/api/session/create", strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return send(t, client(m), r)
}

func form(user, password string) string {
	return url.Values{"j_username": {user}, "j_password": {password}}.Encode()
}

// version asks something that needs no more than an account.
func version(t *testing.T, m *Manager, headers ...string) string {
	t.Helper()
	r := request(t, m, http.MethodGet, "/api/v1/node/version", "")
	r.Header.Del("Authorization")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return send(t, client(m), r).verdict
}

func expect(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %s, not %s", what, got, want)
	}
}

func TestSessionsNeedTheirToken(t *testing.T) {
	t.Parallel()
	m := Start(t)
	expect(t, "no session", version(t, m), "401/401")
	expect(t, "an invented session", version(t, m, "Cookie", "JSESSIONID=x", "X-XSRF-TOKEN", "y"), "401/401")
	session := login(t, m, form(m.User, m.Password))
	cookie, _, _ := strings.Cut(session.header.Get("Set-Cookie"), ";")
	token := session.header.Get("X-XSRF-TOKEN")
	expect(t, "a session without its token", version(t, m, "Cookie", cookie), "403/98")
	expect(t, "a session", version(t, m, "Cookie", cookie, "X-XSRF-TOKEN", token), "200")
	m.ExpireSessions(http.StatusUnauthorized)
	expect(t, "an expired session", version(t, m, "Cookie", cookie, "X-XSRF-TOKEN", token), "401/401")
	m.ExpireSessions(http.StatusForbidden)
	expect(t, "an expired session of another version", version(t, m, "Cookie", cookie, "X-XSRF-TOKEN", token), "403/403")
}

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	m := Start(t)
	session := login(t, m, form(m.User, m.Password))
	cookie, _, _ := strings.Cut(session.header.Get("Set-Cookie"), ";")
	r := request(t, m, http.MethodPost, "/api/session/destroy", "", "Cookie", cookie, "X-XSRF-TOKEN", session.header.Get("X-XSRF-TOKEN"))
	r.Header.Del("Authorization")
	if m.Sessions() != 1 {
		t.Errorf("%d sessions after a login", m.Sessions())
	}
	expect(t, "the end of a session", send(t, client(m), r).verdict, "200")
	if m.Sessions() != 0 {
		t.Errorf("%d sessions after their end", m.Sessions())
	}
}

func TestPasswordsLockTheAccount(t *testing.T) {
	t.Parallel()
	m := Start(t)
	remote := "Remote " + base64.StdEncoding.EncodeToString([]byte(m.User+":"+m.Password))
	expect(t, "a user of vIDM", version(t, m, "Authorization", remote), "200")
	expect(t, "a form that is not encoded", login(t, m, "j_username="+m.User+"&j_password="+m.Password).verdict, "403/403")
	for range 4 {
		expect(t, "a wrong password", login(t, m, form(m.User, "wrong")).verdict, "403/403")
	}
	expect(t, "the right password of a locked account", login(t, m, form(m.User, m.Password)).verdict, "403/403")
	if m.WrongPasswords() != 5 {
		t.Errorf("%d wrong passwords were counted, not 5", m.WrongPasswords())
	}
}

// identity makes a certificate of a principal, which signs itself.
func identity(t *testing.T) (tls.Certificate, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw})
}

func TestPrincipalsKeepTheirObjects(t *testing.T) {
	t.Parallel()
	certificate, text := identity(t)
	m := Start(t, Options{Principal: "nova", PrincipalPEM: text, Delays: atOnce})
	r := request(t, m, http.MethodPut, "/infra/segments/s", `{"display_name": "web"}`)
	r.Header.Del("Authorization")
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(m.CertificatePEM())
	shown := &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{certificate}}
	created := send(t, &http.Client{Transport: &http.Transport{TLSClientConfig: shown}}, r)
	expect(t, "a principal's segment", created.verdict, "200")
	expect(t, "its protection for the principal", created.body["_protection"].(string), "NOT_PROTECTED")
	seen := ask(t, m, http.MethodGet, "/infra/segments/s", "")
	expect(t, "its protection for a user", seen.body["_protection"].(string), "REQUIRE_OVERRIDE")
	for _, c := range []struct{ method, path, body, overwrite, verdict string }{
		{http.MethodPut, "/infra/segments/s", `{"_revision": 0}`, "", "403/289"},
		{http.MethodDelete, "/infra/segments/s", "", "", "403/289"},
		{http.MethodPut, "/infra/segments/s", `{"_revision": 0}`, "true", "200"},
		{http.MethodDelete, "/infra/spoofguard-profiles/default-spoofguard-profile", "", "", "403/289"},
	} {
		a := ask(t, m, c.method, c.path, c.body, "X-Allow-Overwrite", c.overwrite)
		expect(t, c.method+" "+c.path+" with "+c.overwrite, a.verdict, c.verdict)
	}
}

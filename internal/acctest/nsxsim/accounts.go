// SPDX-License-Identifier: MPL-2.0

package nsxsim

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/pem"
	"net/http"
	"strings"
	"sync"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim/policy"
)

// mostWrong is how many wrong passwords lock the account.
const mostWrong = 5

// accounts know who may ask: a user by password or session, or a principal identity by its certificate.
type accounts struct {
	options Options

	mu       sync.Mutex
	sessions map[string]string // the token of a session
	gone     func(string, ...any) *policy.Refusal
	wrong    int
}

// ExpireSessions ends all sessions. Who uses one is answered with 401 then, or with 403 as other versions do.
func (m *Manager) ExpireSessions(status int) {
	m.accounts.mu.Lock()
	defer m.accounts.mu.Unlock()
	m.accounts.sessions = nil
	m.accounts.gone = policy.NoSession
	if status == http.StatusForbidden {
		m.accounts.gone = policy.Credentials
	}
}

// Sessions is the number of sessions that nobody has ended.
func (m *Manager) Sessions() int {
	m.accounts.mu.Lock()
	defer m.accounts.mu.Unlock()
	return len(m.accounts.sessions)
}

// WrongPasswords is how often a wrong password was given. Five lock the account.
func (m *Manager) WrongPasswords() int {
	m.accounts.mu.Lock()
	defer m.accounts.mu.Unlock()
	return m.accounts.wrong
}

func (a *accounts) login(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if refusal := a.check(r.PostFormValue("j_username"), r.PostFormValue("j_password")); refusal != nil {
		refusal.ServeHTTP(w, r)
		return
	}
	id, token := rand.Text(), rand.Text()
	if a.sessions == nil {
		a.sessions = map[string]string{}
	}
	a.sessions[id] = token
	http.SetCookie(w, &http.Cookie{Name: "JSESSIONID", Value: id, Path: "/", Secure: true, HttpOnly: true})
	w.Header().Set("X-XSRF-TOKEN", token)
}

func (a *accounts) logout(w http.ResponseWriter, r *http.Request) {
	if _, refusal := a.identify(r); refusal != nil {
		refusal.ServeHTTP(w, r)
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if cookie, err := r.Cookie("JSESSIONID"); err == nil {
		delete(a.sessions, cookie.Value)
	}
}

// check compares a user's password. A locked account is told nothing but that.
func (a *accounts) check(user, password string) *policy.Refusal {
	if a.wrong >= mostWrong {
		return policy.Credentials("the account is locked")
	}
	if user != a.options.User || password != a.options.Password {
		a.wrong++
		return policy.Credentials("the credentials were incorrect or the account specified has been locked")
	}
	return nil
}

// identify says who asks.
func (a *accounts) identify(r *http.Request) (policy.Caller, *policy.Refusal) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.shows(r) {
		return policy.Caller{Principal: a.options.Principal}, nil
	}
	if user, password, ok := userOf(r); ok {
		return policy.Caller{}, a.check(user, password)
	}
	cookie, err := r.Cookie("JSESSIONID")
	if err != nil {
		return policy.Caller{}, policy.NoSession("there is no session")
	}
	token, ok := a.sessions[cookie.Value]
	switch {
	case !ok && a.gone != nil:
		return policy.Caller{}, a.gone("the session is no longer valid")
	case !ok:
		return policy.Caller{}, policy.NoSession("there is no such session")
	case r.Header.Get("X-XSRF-TOKEN") != token:
		return policy.Caller{}, policy.Token("the XSRF token is missing or wrong")
	}
	return policy.Caller{}, nil
}

// shows says whether a request came with the certificate of the principal identity.
func (a *accounts) shows(r *http.Request) bool {
	block, _ := pem.Decode(a.options.PrincipalPEM)
	return block != nil && r.TLS != nil && len(r.TLS.PeerCertificates) > 0 && string(r.TLS.PeerCertificates[0].Raw) == string(block.Bytes)
}

// userOf takes a user and a password out of a header: basic, or that of a user of vIDM.
func userOf(r *http.Request) (user, password string, ok bool) {
	if encoded, remote := strings.CutPrefix(r.Header.Get("Authorization"), "Remote "); remote {
		plain, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			return "", "", true
		}
		user, password, _ = strings.Cut(string(plain), ":")
		return user, password, true
	}
	return r.BasicAuth()
}

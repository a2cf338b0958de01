// SPDX-License-Identifier: MPL-2.0

package nsxsim

import (
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim/policy"
)

// Manager is a running one. Its methods may be called from several goroutines.
type Manager struct {
	// User and Password log in.
	User, Password string

	options  Options
	server   *httptest.Server
	tree     *policy.Tree
	front    front
	accounts accounts
	cards    cards
	fabric   fabric
	agenda   agenda

	mu      sync.Mutex
	misuses []string
}

// New starts a manager with its fixtures: whoever calls it closes it.
func New(o Options) (*Manager, error) {
	o = o.withDefaults()
	m := &Manager{User: o.User, Password: o.Password, options: o}
	m.front.manager, m.fabric.manager, m.agenda.manager = m, m, m
	m.cards = newCards(m)
	m.accounts.options = o
	objects := &policy.Objects{Roots: []string{"/infra"}, Delays: o.Delays, Misuse: m.misuse, Refuse: policy.Stale,
		Lists: map[string]policy.Listing{"realized-state/enforcement-points/default/vifs": {Key: "external_id", All: m.cards.interfaces}}}
	if o.Conflict {
		objects.Refuse = policy.Conflict
	}
	if o.Project != "" && o.projects() {
		objects.Roots = append(objects.Roots, projectRoot(o.Project))
	}
	m.tree = policy.New(objects, o.Page, m.nouns()...)
	m.tree.Do(furnish)
	listener, err := net.Listen("tcp", o.Listen)
	if err != nil {
		return nil, fmt.Errorf("starting the embedded NSX Manager: %w", err)
	}
	m.server = &httptest.Server{Listener: listener, Config: &http.Server{Handler: &m.front, ReadHeaderTimeout: time.Minute},
		TLS: &tls.Config{ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS12}}
	m.server.StartTLS()
	return m, nil
}

// Start starts a manager that closes itself when the test ends. Misuses that nobody has asked for by then fail the test.
func Start(t testing.TB, o ...Options) *Manager {
	t.Helper()
	m, err := New(append(slices.Clone(o), Options{})[0])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		m.Close()
		for _, misuse := range m.Misuses() {
			t.Errorf("a real NSX would have been harmed: %s", misuse)
		}
	})
	return m
}

// Close ends the manager.
func (m *Manager) Close() {
	m.agenda.close()
	m.server.CloseClientConnections()
	m.server.Close()
}

// Address is the host and port that the manager serves on.
func (m *Manager) Address() string { return m.server.Listener.Addr().String() }

// URL is where the manager is, without a path.
func (m *Manager) URL() string { return "https://" + m.Address() }

// CertificatePEM is the certificate that the manager shows, which is its own authority.
func (m *Manager) CertificatePEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: m.server.Certificate().Raw})
}

// CAFile is a file with the certificate, which goes when the test ends.
func (m *Manager) CAFile(t testing.TB) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "nsx-ca.pem")
	if err := os.WriteFile(file, m.CertificatePEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// Misuses are what would have harmed a real NSX, or what is on it, since they were last asked for.
func (m *Manager) Misuses() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := m.misuses
	m.misuses = nil
	return all
}

func (m *Manager) misuse(format string, args ...any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.misuses = append(m.misuses, fmt.Sprintf(format, args...))
}

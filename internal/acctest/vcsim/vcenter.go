// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/vmware/govmomi"
	pbm "github.com/vmware/govmomi/pbm/simulator"
	"github.com/vmware/govmomi/session"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vapi/rest"
	vapi "github.com/vmware/govmomi/vapi/simulator"
	vapivm "github.com/vmware/govmomi/vapi/vm/simulator"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/automation"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/base"
)

// VCenter is a running one. Its methods may be called from several goroutines.
type VCenter struct {
	// User and Password log in.
	User, Password string
	// CAFile holds the certificate of the authority that signed the server's, in PEM. Close removes it.
	CAFile string

	options Options
	dir     string
	model   *simulator.Model
	rest    *automation.Service
	rules   *rules
	front   *front
	address string
	secret  *identity

	mu     sync.Mutex
	server *http.Server
}

// Start builds the inventory and serves it over TLS with a certificate of its own authority.
func Start(o Options) (*VCenter, error) {
	o = o.withDefaults()
	dir, err := os.MkdirTemp("", "novasphere-vcsim-")
	if err != nil {
		return nil, err
	}
	v := &VCenter{User: o.User, Password: o.Password, options: o, dir: dir}
	if err := v.start(); err != nil {
		v.Close()
		return nil, fmt.Errorf("starting the simulated vCenter: %w", err)
	}
	return v, nil
}

func (v *VCenter) start() error {
	var err error
	if v.secret, err = newIdentity(); err != nil {
		return err
	}
	v.CAFile = filepath.Join(v.dir, "ca.pem")
	if err = os.WriteFile(v.CAFile, v.secret.authorityPEM, 0o600); err != nil {
		return err
	}
	if v.model, err = newModel(v.options); err != nil {
		return err
	}
	guardLicenses(v.context().Map)
	if err = buildInventory(v.context(), v.options, filepath.Join(v.dir, "datastores")); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", v.options.Listen)
	if err != nil {
		return err
	}
	v.address = listener.Addr().String()
	v.assemble()
	v.serve(listener)
	if err = v.fillLibrary(); err != nil {
		return err
	}
	v.front.reset()
	return nil
}

// newModel is the simulator without any inventory of its own.
func newModel(o Options) (*simulator.Model, error) {
	m := simulator.VPX()
	m.Datacenter, m.Cluster, m.ClusterHost, m.Host = 0, 0, 0, 0
	m.Portgroup, m.Datastore, m.Machine = 0, 0, 0
	about := &m.ServiceContent.About
	about.Version, about.ApiVersion = o.productVersion(), o.APIVersion
	about.Build = "24022515"
	about.FullName = fmt.Sprintf("VMware vCenter Server %s build-%s", about.Version, about.Build)
	about.LicenseProductVersion = about.Version
	about.InstanceUuid = uuid.NewString()
	processWide.Lock()
	defer processWide.Unlock()
	return m, m.Create()
}

// assemble joins the parts of the service under the public address.
//
// The simulator's own server is made only because nothing else registers its paths, and is closed at once: the public
// one can be stopped and started again on the same port without losing anything behind it.
func (v *VCenter) assemble() {
	processWide.Lock()
	defer processWide.Unlock()
	service, registry := v.model.Service, v.context().Map
	service.RegisterSDK(registry, registry.Path+"/vimService")
	patterns, handler := vapi.New(v.URL(), registry)
	for _, p := range patterns {
		service.Handle(p, handler)
	}
	vapivm.New(v.URL()).Register(service, registry)
	policies := pbm.New()
	service.RegisterSDK(policies)
	service.Listen = &url.URL{Host: "127.0.0.1:0", User: v.URL().User}
	service.NewServer().Close()
	service.Listen = v.URL()
	registry.SessionManager().ServiceHostName = v.address
	registry.OptionManager().UpdateOptions(&types.UpdateOptions{ChangedValue: []types.BaseOptionValue{
		&types.OptionValue{Key: "vcsim.server.url", Value: (&url.URL{Scheme: "https", Host: v.address, Path: vim25.Path}).String()},
	}})

	v.rest = automation.New(handler)
	v.front = &front{next: service.ServeMux}
	if !v.options.Unmodified {
		v.rules = newRules(registry, policies, v.rest, v.front, v.options)
		v.front.before = v.rules.beforeREST
		service.RegisterSDK(v.rules.disks.Endpoint())
	}
}

func (v *VCenter) serve(l net.Listener) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.server = &http.Server{Handler: v.front, ErrorLog: quietLog()}
	go func(s *http.Server) { _ = s.Serve(v.secret.listener(l)) }(v.server)
}

// URL is the address of the SOAP endpoint, with user and password.
func (v *VCenter) URL() *url.URL {
	return &url.URL{Scheme: "https", Host: v.address, Path: vim25.Path, User: url.UserPassword(v.User, v.Password)}
}

// Server is the host and port, as a provider's configuration wants it.
func (v *VCenter) Server() string { return v.address }

// Datacenter is the inventory path of the nth datacenter, counted from one: /dc1, or /emea/dc1 in a folder.
func (v *VCenter) Datacenter(n int) string {
	return path.Join("/", v.options.DatacenterFolder, fmt.Sprintf("dc%d", n))
}

// Close stops serving and removes every file. It may be called twice.
func (v *VCenter) Close() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.server != nil {
		_ = v.server.Close()
		v.server = nil
	}
	if v.rules != nil {
		v.rules.stop()
		v.rules = nil
	}
	if v.model != nil && v.model.Service != nil {
		v.model.Remove()
		v.model = nil
	}
	_ = os.RemoveAll(v.dir)
}

// downtime is how long a restart takes: long enough for clients to see their idle connections close.
const downtime = 30 * time.Millisecond

// Restart ends every connection and every session and serves again on the same port. The inventory stays, and so do
// tags and libraries.
func (v *VCenter) Restart(ctx context.Context) error {
	v.mu.Lock()
	_ = v.server.Close()
	v.mu.Unlock()
	v.ExpireSessions()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(downtime):
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", v.address)
	if err != nil {
		return fmt.Errorf("restarting the simulated vCenter: %w", err)
	}
	v.serve(l)
	return nil
}

// ExpireSessions ends every session, SOAP and REST, as an administrator or a time limit would.
func (v *VCenter) ExpireSessions() {
	ctx := v.context()
	view := ctx.Session.Get(*base.Get[*simulator.ServiceInstance](ctx, vim25.ServiceInstance).Content.SessionManager)
	manager := view.(*simulator.SessionManager)
	for _, s := range manager.SessionList {
		manager.TerminateSession(ctx, &types.TerminateSession{SessionId: []string{s.Key}})
	}
	v.rest.ExpireSessions()
}

// Client is a logged-in client for a test's own assertions. What it asks is counted in Calls like everything else.
func (v *VCenter) Client(ctx context.Context) (*govmomi.Client, error) {
	u := v.URL()
	s := soap.NewClient(u, false)
	if err := s.SetRootCAs(v.CAFile); err != nil {
		return nil, err
	}
	vim, err := vim25.NewClient(ctx, s)
	if err != nil {
		return nil, err
	}
	c := &govmomi.Client{Client: vim, SessionManager: session.NewManager(vim)}
	return c, c.Login(ctx, u.User)
}

// REST is a logged-in client for tags and content libraries.
func (v *VCenter) REST(ctx context.Context) (*rest.Client, error) {
	c, err := v.Client(ctx)
	if err != nil {
		return nil, err
	}
	r := rest.NewClient(c.Client)
	return r, r.Login(ctx, v.URL().User)
}

// Calls is the number of requests received since Start or ResetCalls, by SOAP method ("CloneVM_Task", "Login") or by
// REST verb and path with the identifiers taken out ("PATCH /rest/com/vmware/cis/tagging/tag/{id}").
func (v *VCenter) Calls() map[string]int { return v.front.calls() }

// ResetCalls starts counting from nothing.
func (v *VCenter) ResetCalls() { v.front.reset() }

// Tamper has every request from now on carried out by how; nil ends that.
func (v *VCenter) Tamper(how Tampering) { v.front.tamper(how) }

// context is the simulator's own: it has a session, so that what it calls is allowed.
func (v *VCenter) context() *simulator.Context { return v.model.Service.Context }

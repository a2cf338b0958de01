package mixed_test

import (
	"context"
	"testing"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/mixed"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/networktest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/api"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// fabric shows segments in a vCenter, some time after NSX has them.
type fabric struct {
	t    *testing.T
	vc   *acctest.VCenter
	late time.Duration
}

func (f fabric) PutSegment(s nsxsim.Segment) {
	time.AfterFunc(f.late, func() {
		if err := f.vc.PutSegment(vcsim.Segment{ID: s.ID, Path: s.Path, Name: s.Name, SwitchUUID: s.SwitchUUID}); err != nil {
			f.t.Error(err)
		}
	})
}

func (f fabric) RemoveSegment(id string) {
	if err := f.vc.RemoveSegment(id); err != nil {
		f.t.Error(err)
	}
}

// site is a vCenter with an NSX.
type site struct {
	vc  *acctest.VCenter
	nsx *nsxsim.Manager
}

func newSite(t *testing.T, o nsxsim.Options) site {
	t.Helper()
	o.Rate, o.Concurrent = -1, -1 // the limits are those of one client, and the contract plays many
	s := site{acctest.Start(t, vcsim.Options{}), nsxsim.Start(t, o)}
	s.nsx.Join(fabric{t, s.vc, 50 * time.Millisecond})
	return s
}

// process returns the backend of a new process.
func (s site) process(t *testing.T, change ...func(*nsx.Config)) *mixed.Backend {
	t.Helper()
	c := vcenter.New(vcenter.Config{Server: s.vc.Server(), User: s.vc.User, Password: s.vc.Password, CAFile: s.vc.CAFile,
		Folder: "OpenStack", SecurityGroups: sdn.EnforceNone, Routers: vcenter.RoutersPhysical})
	cfg := nsx.Config{Config: api.Config{Server: s.nsx.Address(), User: s.nsx.User, Password: s.nsx.Password,
		CA: string(s.nsx.CertificatePEM()), Rate: 1e6}}
	for _, with := range change {
		with(&cfg)
	}
	b, err := mixed.New(cfg, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = b.Close(context.WithoutCancel(t.Context())), c.Close(context.WithoutCancel(t.Context())) })
	return b
}

// later are the parts of the contract that NSX does not have in this version.
var later = []string{"groups", "qos", "trunk", "router", "router interface", "router race", "routes", "router port", "router overlap",
	"router interface in use", "router gateways", "router moves", "routers race", "floating IPs", "targets of floating IPs", "forwardings",
	"gateway intent"}

// TestContract: networks on NSX pass the contract of networks, subnets and ports, overlay and VLAN, in each version, and so do those of the
// distributed switch beside them.
func TestContract(t *testing.T) {
	t.Parallel()
	for name, wish := range map[string]openstack.Network{
		"overlay": {Type: "geneve", AdminUp: true}, "vlan": {Type: "vlan", PhysicalNetwork: "vlan", VLAN: 100, AdminUp: true},
		"switch": {VLAN: 100, AdminUp: true},
	} {
		for _, version := range []string{"3.2.3", "4.1.2", "4.2.1", "9.0.0"} {
			if name == "switch" && version != "9.0.0" {
				continue
			}
			t.Run(name+" "+version, func(t *testing.T) {
				t.Parallel()
				s := newSite(t, nsxsim.Options{Version: version})
				networktest.Run(t, networktest.Place{Without: later, Start: func(t *testing.T) sdn.Backend { return s.process(t) },
					Network: func(name string) openstack.Network {
						n := wish
						n.Name = name
						return n
					}})
				s.empty(t)
			})
		}
	}
}

// empty fails where anything is left, or NSX was used as it must not be.
func (s site) empty(t *testing.T) {
	t.Helper()
	for _, path := range s.nsx.Left() {
		if !shared[path] {
			t.Errorf("NSX still has %s", path)
		}
	}
	for _, misuse := range s.nsx.Misuses() {
		t.Error(misuse)
	}
	if left := s.vc.VMs("novasphere/novasphere-network-*"); len(left) > 0 {
		t.Errorf("%d records VMs are left", len(left))
	}
}

// shared are the profiles that stay, because ports of all configurations are bound to them.
var shared = map[string]bool{"/infra/spoofguard-profiles/novasphere-spoofguard": true,
	"/infra/segment-security-profiles/novasphere-open": true, "/infra/mac-discovery-profiles/novasphere-mac": true}

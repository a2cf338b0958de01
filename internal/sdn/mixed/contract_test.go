// SPDX-License-Identifier: MPL-2.0

package mixed_test

import (
	"context"
	"testing"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim/bridge"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/mixed"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/networktest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/api"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// site is a vCenter with an NSX.
type site struct {
	*acctest.VCenter
	enforcer string // the provider's security_groups
}

func newSite(t *testing.T, o nsxsim.Options) site {
	t.Helper()
	o.Rate, o.Concurrent = -1, -1 // the limits are those of one client, and the contract plays many
	return site{acctest.StartWithNSX(t, acctest.NSXOptions{Manager: o, Bridge: bridge.Options{Lag: 50 * time.Millisecond}}),
		sdn.EnforceNone}
}

// process returns the backend of a new process.
func (s site) process(t *testing.T, change ...func(*nsx.Config)) *mixed.Backend {
	t.Helper()
	return s.processOf(t, vcenter.Config{SecurityGroups: s.enforcer, Routers: vcenter.RoutersPhysical}, change...)
}

// processOf is process with the given provider's configuration.
func (s site) processOf(t *testing.T, with vcenter.Config, change ...func(*nsx.Config)) *mixed.Backend {
	t.Helper()
	c := s.client(t, with)
	cfg := nsx.Config{Config: api.Config{Server: s.NSX.Address(), User: s.NSX.User, Password: s.NSX.Password,
		CA: string(s.NSX.CertificatePEM()), Rate: 1e6}}
	for _, one := range change {
		one(&cfg)
	}
	b, err := mixed.New(cfg, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close(context.WithoutCancel(t.Context())) })
	return b
}

// client returns the client of the vCenter of a new process.
func (s site) client(t *testing.T, with ...vcenter.Config) *vcenter.Client {
	t.Helper()
	cfg := append(with, vcenter.Config{SecurityGroups: s.enforcer, Routers: vcenter.RoutersPhysical})[0]
	cfg.Server, cfg.User, cfg.Password, cfg.CAFile, cfg.Folder = s.Server(), s.User, s.Password, s.CAFile, "OpenStack"
	c := vcenter.New(cfg)
	t.Cleanup(func() { _ = c.Close(context.WithoutCancel(t.Context())) })
	return c
}

// later are the parts of the contract that NSX does not have in this version.
var later = []string{"trunk", "router", "router interface", "router race", "routes", "router port", "router overlap",
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
				without := append([]string{"groups"}, later...)
				if name != "switch" {
					s.enforcer, without = sdn.EnforceNSX, later
				}
				networktest.Run(t, networktest.Place{Without: without, Start: func(t *testing.T) sdn.Backend { return s.process(t) },
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

// empty fails where anything is left.
func (s site) empty(t *testing.T) {
	t.Helper()
	if left := s.NSX.Left(); len(left) > 0 {
		t.Errorf("NSX still has %v", left)
	}
	if left := s.VMs("novasphere/novasphere-network-*"); len(left) > 0 {
		t.Errorf("%d records VMs are left", len(left))
	}
}

// SPDX-License-Identifier: MPL-2.0

package mixed_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/mixed"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/api"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
)

// lab is a network on NSX with a subnet and a port, in a place of its own.
type lab struct {
	*testing.T
	site
	network openstack.Network
	subnet  openstack.Subnet // with DHCP
	port    openstack.Port
	qos     openstack.QoSPolicy
	routers string                  // the provider's routers; empty: physical
	group   openstack.SecurityGroup // enforced by NSX, with a rule
}

// mortal starts a process that is killed after so many changes of the vCenter and of NSX: nothing that it asks for from then on arrives.
func (l *lab) mortal(changes int) (b *mixed.Backend, killed func() bool) {
	l.Helper()
	var over atomic.Bool
	var seen atomic.Int64
	change := func(is bool) bool {
		if is && seen.Add(1) > int64(changes) {
			over.Store(true)
		}
		return over.Load()
	}
	wire := l.Between(l.T, func(c acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if change(strings.HasSuffix(c.Name, "_Task")) {
			return acctest.Refusal("NotSupported")
		}
		return nil
	})
	l.NSX.Tamper(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if change(r.Method == http.MethodPut || r.Method == http.MethodDelete) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(`{"httpStatus":"BAD_REQUEST","error_code":258,"module_name":"policy","error_message":"the process is dead"}`))
			return
		}
		next.ServeHTTP(w, r)
	})
	return l.backend(wire.Server, wire.CAFile), over.Load
}

// next starts the process after that.
func (l *lab) next() *mixed.Backend {
	l.NSX.Tamper(nil)
	return l.backend(l.Server(), l.CAFile)
}

func (l *lab) backend(server, authority string) *mixed.Backend {
	l.Helper()
	c := vcenter.New(vcenter.Config{Server: server, User: l.User, Password: l.Password, CAFile: authority, Folder: "OpenStack",
		SecurityGroups: l.enforcer, Routers: cmp.Or(l.routers, vcenter.RoutersPhysical)})
	b, err := mixed.New(nsx.Config{Config: api.Config{Server: l.NSX.Address(), User: l.NSX.User, Password: l.NSX.Password,
		CA: string(l.NSX.CertificatePEM()), Rate: 1e6, Pause: time.Millisecond}}, c)
	must(l.T, err)
	l.Cleanup(func() { _, _ = b.Close(context.Background()), c.Close(context.Background()) })
	return b
}

// build makes what is there before the verb.
func (l *lab) build(needs string) {
	b := l.next()
	if strings.Contains(needs, "network") {
		l.network = network(l.T, b, "lab", "")
	}
	if strings.Contains(needs, "subnet") {
		l.subnet = subnet(l.T, b, served(l))
	}
	if strings.Contains(needs, "port") {
		l.port = port(l.T, b, onLab(l))
	}
	if has := func(what string) bool { return strings.Contains(needs, what) }; has("policy") || has("limited") {
		l.limitedLab(b, has("limited port"), has("limited network"), has("used policy"))
	}
	if strings.Contains(needs, "group") {
		l.group = group(l.T, b, "lab")
		rule(l.T, b, l.group, 22)
	}
}

// clear deletes what there is, by a process that knows only the records and NSX, and fails the test where anything is left.
func (l *lab) clear() {
	b := l.next()
	all, err := b.Networks(l.Context())
	must(l.T, err)
	for _, n := range all {
		if n.Kind != openstack.NetworkSegment {
			continue
		}
		ports, err := b.Ports(l.Context(), n.ID)
		must(l.T, err)
		for _, p := range ports {
			if p.Owner == "" {
				must(l.T, b.DeletePort(l.Context(), n.ID, p.ID))
			}
		}
		subnets, err := b.Subnets(l.Context(), n.ID)
		must(l.T, err)
		for _, s := range subnets {
			must(l.T, b.DeleteSubnet(l.Context(), n.ID, s.ID))
		}
		_, err = b.DeleteNetwork(l.Context(), n.ID)
		must(l.T, err)
	}
	policies, err := b.QoSPolicies(l.Context())
	must(l.T, err)
	for _, p := range policies {
		must(l.T, b.DeleteQoSPolicy(l.Context(), p.ID))
	}
	groups, err := b.Groups(l.Context())
	must(l.T, err)
	for _, g := range groups {
		if !sdn.IsDefaultGroup(g.ID) {
			must(l.T, b.DeleteGroup(l.Context(), g.ID))
		}
	}
	l.NSX.Advance(time.Second)
	l.empty(l.T)
}

func served(l *lab) openstack.Subnet {
	return openstack.Subnet{Name: "s", NetworkID: l.network.ID, CIDR: "10.0.0.0/24", DHCP: true, DNS: []string{"10.0.0.2"}}
}

func onLab(l *lab) openstack.Port {
	return openstack.Port{Name: "p", NetworkID: l.network.ID, FixedIPs: []openstack.FixedIP{{Address: "10.0.0.20"}}}
}

// verb is what a process is killed in. again is what the next one does, and says what is wrong then.
type verb struct {
	needs string
	act   func(l *lab, b *mixed.Backend) error
	again func(l *lab, b *mixed.Backend) error
}

// testKilled kills a process after each number of changes that a verb makes.
func testKilled(t *testing.T, verbs map[string]verb) {
	t.Helper()
	for name, v := range verbs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for changes, over := 0, true; over; changes++ {
				t.Run(fmt.Sprint(changes), func(t *testing.T) {
					l := &lab{T: t, site: newSite(t, nsxsim.Options{})}
					if strings.Contains(v.needs, "firewall") {
						l.enforcer = sdn.EnforceNSX
					}
					l.build(v.needs)
					b, killed := l.mortal(changes)
					err := v.act(l, b)
					if over = killed(); over != (err != nil) {
						t.Fatalf("killed: %v, and it ends with %v", over, err)
					}
					if over {
						if err := v.again(l, l.next()); err != nil {
							t.Errorf("after %d changes: %s", changes, err)
						}
					}
					l.clear()
				})
			}
		})
	}
}

// told returns nil for an error that gives the import block of what a killed process has left.
func told(err error, id string) error {
	if err == nil || !strings.Contains(err.Error(), "import {") || !strings.Contains(err.Error(), id) {
		return fmt.Errorf("what was left, %s, is told as %w", id, err)
	}
	return nil
}

// gone returns nil where something is deleted, or was before.
func gone(err error) error {
	if errors.Is(err, openstack.ErrNotFound) {
		return nil
	}
	return err
}

// TestKilledNetworks: the next process finds the segment that a killed one has made, and finishes its changes and its deletion.
func TestKilledNetworks(t *testing.T) {
	t.Parallel()
	create := func(l *lab, b *mixed.Backend) error {
		_, err := b.CreateNetwork(l.Context(), openstack.Network{Name: "lab", Type: "geneve", AdminUp: true})
		return err
	}
	change := func(l *lab, b *mixed.Backend) error {
		n, err := b.Network(l.Context(), l.network.ID, "")
		if err != nil {
			return err
		}
		n.Name, n.Description, n.Tags = "other", "changed", []string{"a"}
		_, err = b.UpdateNetwork(l.Context(), n)
		return err
	}
	drop := func(l *lab, b *mixed.Backend) error {
		_, err := b.DeleteNetwork(l.Context(), l.network.ID)
		return err
	}
	testKilled(t, map[string]verb{
		"created": {"", create, func(l *lab, b *mixed.Backend) error {
			left := l.NSX.Paths("Segment")
			if err := create(l, b); len(left) > 0 {
				return told(err, strings.TrimPrefix(left[0], "/infra/segments/"))
			} else if err != nil {
				return err
			}
			return nil
		}},
		"changed": {"network", change, func(l *lab, b *mixed.Backend) error {
			must(l.T, change(l, b))
			if is, _ := l.NSX.Object(l.network.SegmentPath); is["display_name"] != "other" || is["description"] != "changed" {
				return fmt.Errorf("NSX has %v", is)
			}
			return nil
		}},
		"deleted": {"network", drop, func(l *lab, b *mixed.Backend) error { return gone(drop(l, b)) }},
	})
}

// TestKilledSubnets: DHCP that a killed process has not brought to NSX is a difference of the subnet, and the next one brings it there.
func TestKilledSubnets(t *testing.T) {
	t.Parallel()
	create := func(l *lab, b *mixed.Backend) error {
		s, err := sdn.Complete(served(l), false)
		must(l.T, err)
		_, err = b.CreateSubnet(l.Context(), s)
		return err
	}
	change := func(l *lab, b *mixed.Backend) error {
		_, err := b.UpdateSubnet(l.Context(), l.network.ID, l.subnet.ID, func(s *openstack.Subnet) error {
			s.DHCP, s.DNS = true, []string{"10.0.0.3"}
			return nil
		})
		return err
	}
	testKilled(t, map[string]verb{
		"created": {"network", create, func(l *lab, b *mixed.Backend) error {
			subnets, err := b.Subnets(l.Context(), l.network.ID)
			must(l.T, err)
			if len(subnets) == 0 {
				return create(l, b)
			}
			if err := told(create(l, b), subnets[0].ID); err != nil {
				return err
			}
			l.subnet = subnets[0]
			return l.healed("10.0.0.2")
		}},
		"changed": {"network subnet port", change, func(l *lab, b *mixed.Backend) error {
			s, err := b.Subnet(l.Context(), l.network.ID, l.subnet.ID)
			must(l.T, err)
			if !s.DHCP || s.DNS[0] != "10.0.0.3" {
				must(l.T, change(l, b))
			}
			return l.healed("10.0.0.3")
		}},
		"deleted": {"network subnet", func(l *lab, b *mixed.Backend) error {
			return b.DeleteSubnet(l.Context(), l.network.ID, l.subnet.ID)
		}, func(l *lab, b *mixed.Backend) error {
			return gone(b.DeleteSubnet(l.Context(), l.network.ID, l.subnet.ID))
		}},
	})
}

// healed does for the subnet what an apply would: it turns DHCP on where that is off. Then it looks at what NSX serves.
func (l *lab) healed(dns string) error {
	b := l.next()
	s, err := b.Subnet(l.Context(), l.network.ID, l.subnet.ID)
	must(l.T, err)
	if !s.DHCP {
		_, err := b.UpdateSubnet(l.Context(), l.network.ID, l.subnet.ID, func(s *openstack.Subnet) error { s.DHCP = true; return nil })
		must(l.T, err)
	}
	segment, _ := l.NSX.Object(l.network.SegmentPath)
	if segment["dhcp_config_path"] == nil || !strings.Contains(fmt.Sprint(segment["subnets"]), dns) {
		return fmt.Errorf("NSX has %v", segment)
	}
	if s, err := l.next().Subnet(l.Context(), l.network.ID, l.subnet.ID); err != nil || !s.DHCP {
		return fmt.Errorf("it is still different: %+v, %w", s, err)
	}
	return nil
}

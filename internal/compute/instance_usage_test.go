// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// bookingStand is a provider, a network with a subnet, and a proxy between the provider and its vCenter.
type bookingStand struct {
	*protocol.Provider
	vc      *acctest.VCenter
	network string                            // the id
	before  atomic.Pointer[func(call string)] // runs before each call
}

// newBookingStand puts a subnet on a portgroup, or without a name on a network that the provider makes.
func newBookingStand(t *testing.T, vc *acctest.VCenter, portgroup string) *bookingStand {
	t.Helper()
	s := &bookingStand{vc: vc, network: portgroup}
	wire := vc.Between(t, func(c acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if f := s.before.Load(); f != nil {
			(*f)(c.Name)
		}
		return nil
	})
	s.Provider = vc.Provider(t, map[string]any{"vsphere_server": wire.Server, "ca_file": wire.CAFile})
	if portgroup == "" {
		n := s.Bring("novasphere_networking_network", map[string]any{"name": "lab", "segments": []any{map[string]any{"segmentation_id": 100}}},
			s.None("novasphere_networking_network"))
		s.network = n.Text("id")
	}
	s.Bring("novasphere_networking_subnet", map[string]any{"network_id": s.network, "cidr": "10.0.0.0/24",
		"dns_nameservers": []any{"10.0.0.2"}}, s.None("novasphere_networking_subnet"))
	s.Bring("novasphere_compute_flavor", map[string]any{"name": "m1.tiny", "vcpus": 1, "ram": 512, "disk": 20},
		s.None("novasphere_compute_flavor"))
	return s
}

func (s *bookingStand) instance(name string) protocol.Object {
	return s.Bring("novasphere_compute_instance", map[string]any{"name": name, "flavor_name": "m1.tiny", "image_name": "debian-12",
		"network": []any{map[string]any{"uuid": s.network}}}, s.None("novasphere_compute_instance"))
}

// shrinkOnce makes the switch remove free ports before the first call of a name, and returns the counter of those removed.
func (s *bookingStand) shrinkOnce(call string) *atomic.Int64 {
	var gone atomic.Int64
	gone.Store(-1)
	f := func(name string) {
		if name == call && gone.CompareAndSwap(-1, 0) {
			gone.Store(int64(s.vc.ShrinkPorts(types.ManagedObjectReference{Type: "DistributedVirtualPortgroup", Value: s.network})))
		}
	}
	s.before.Store(&f)
	return &gone
}

// connected checks that the last NIC of a VM is on a booked port of the switch.
func (s *bookingStand) connected(t *testing.T, machine string, network string) {
	t.Helper()
	cards := cardsOf(s.vc.VM("OpenStack/" + machine))
	backing, _ := cards[len(cards)-1].Backing.(*types.VirtualEthernetCardDistributedVirtualPortBackingInfo)
	booked := 0
	for _, port := range s.vc.Booked(network) {
		if booked++; port.Key == backing.Port.PortKey && port.Connectee != nil &&
			port.Connectee.ConnectedEntity.Value == s.vc.VM("OpenStack/"+machine).Self.Value {
			return
		}
	}
	t.Errorf("the NIC of %s is on the port %q, which is none of the %d that are booked in %s", machine, backing.Port.PortKey, booked, network)
}

// TestVanishedBooking: a switch port that is removed between its booking and the connection of its NIC is booked anew.
func TestVanishedBooking(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	s := newBookingStand(t, vc,
		vc.AddPortgroup("elastic", 30, func(spec *types.DVPortgroupConfigSpec) { spec.AutoExpand = types.NewBool(true) }))
	gone := s.shrinkOnce("CloneVM_Task")
	web := s.instance("web")
	if gone.Load() <= 0 {
		t.Fatalf("%d ports have gone before the clone", gone.Load())
	}
	s.connected(t, "web", "elastic")
	gone = s.shrinkOnce("ReconfigVM_Task")
	s.Bring("novasphere_compute_interface_attach", map[string]any{"instance_id": web.Text("id"), "network_id": s.network},
		s.None("novasphere_compute_interface_attach"))
	if gone.Load() <= 0 {
		t.Fatalf("%d ports have gone before the NIC was attached", gone.Load())
	}
	s.connected(t, "web", "elastic")
	if group := vc.Portgroup("elastic"); !*group.Config.AutoExpand {
		t.Error("somebody else's portgroup is not elastic any more")
	}
}

// TestBookingEndsExpansion: on an elastic portgroup the switch may remove booked ports; on one of ours with bookings it removes none, and
// some ports stay free for NICs without a booking.
func TestBookingEndsExpansion(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	s := newBookingStand(t, vc, "")
	if group := vc.Portgroup("lab"); !*group.Config.AutoExpand {
		t.Fatal("a network without bookings does not grow by itself")
	}
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		gone := s.shrinkOnce("CloneVM_Task")
		s.instance(name)
		if gone.Load() != 0 {
			t.Errorf("%d ports have gone before the clone of %s", gone.Load(), name)
		}
		s.connected(t, name, "lab")
	}
	group := vc.Portgroup("lab")
	if free := int(group.Config.NumPorts) - len(vc.Booked("lab")); *group.Config.AutoExpand || free < 4 {
		t.Errorf("autoExpand is %t, and %d of %d ports are free", *group.Config.AutoExpand, free, group.Config.NumPorts)
	}
}

// TestPortgroupThatNamesItsPorts: where every port has a name already, none is booked and none is added.
func TestPortgroupThatNamesItsPorts(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	named := vc.AddPortgroup("named", 30, func(spec *types.DVPortgroupConfigSpec) {
		spec.AutoExpand, spec.PortNameFormat = types.NewBool(true), "<portgroupName>-<portIndex>"
	})
	s := newBookingStand(t, vc, named)
	s.instance("web")
	if group := vc.Portgroup("named"); group.Config.NumPorts != 8 {
		t.Errorf("the portgroup has %d ports", group.Config.NumPorts)
	}
	if booked := vc.Booked("named"); len(booked) != 8 || booked["named-0"].Key == "" {
		t.Errorf("its ports are called %v", booked)
	}
	plan := s.Plan("novasphere_networking_port", map[string]any{"network_id": named, "admin_state_up": false},
		s.None("novasphere_networking_port"))
	if errs := plan.Errors(); len(errs) != 1 || !strings.Contains(errs[0].Text, "portNameFormat") {
		t.Errorf("a port that is to differ: %v", errs)
	}
}

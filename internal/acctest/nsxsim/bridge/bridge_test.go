// SPDX-License-Identifier: MPL-2.0

package bridge

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/nsxsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestSegments: what NSX realizes is shown, what it deletes is shown no more, and the logical switch is the one that NSX names.
func TestSegments(t *testing.T) {
	t.Parallel()
	s := open(t, vcsim.Options{Datacenters: 2}, Options{Zones: map[string][]string{nsxsim.VLANZone: {"dc2-dvs-1"}}})
	s.segment("blue")
	s.ask("PUT", "/infra/segments/red", fmt.Sprintf(`{"display_name":"red","transport_zone_path":%q,"vlan_ids":["7"]}`, nsxsim.VLANZone))
	s.soon("blue on both switches, and red on that of its zone", func() bool {
		return len(s.shown("blue")) == 2 && len(s.shown("red")) == 1 && s.shown("red")[0].GetInventoryPath() == "/dc2/network/red"
	})
	group := s.config("blue")
	nic := s.onBlue("")[0].GetVirtualDeviceConfigSpec().Device.GetVirtualDevice().Backing
	named := nic.(*types.VirtualEthernetCardOpaqueNetworkBackingInfo).OpaqueNetworkId
	if group.LogicalSwitchUuid != named || group.SegmentId != "/infra/segments/blue" {
		t.Errorf("the portgroup is %s on %s, and NSX says %s", group.SegmentId, group.LogicalSwitchUuid, named)
	}
	s.ask("DELETE", "/infra/segments/blue", "")
	s.soon("blue gone", func() bool { return len(s.shown("blue")) == 0 })
	if len(s.said) > 0 {
		t.Error(s.said)
	}
}

// soon waits for what the manager does by itself.
func (s *site) soon(what string, holds func() bool) {
	s.Helper()
	ctx, stop := context.WithTimeout(s.Context(), time.Minute)
	defer stop()
	for !holds() {
		select {
		case <-ctx.Done():
			s.Fatalf("not in time: %s", what)
		case <-time.After(time.Millisecond):
		}
	}
}

// TestLatePortgroup: a segment that is realized need not be shown yet, and what is shown late is in the order in which NSX wanted it.
func TestLatePortgroup(t *testing.T) {
	t.Parallel()
	s := open(t, vcsim.Options{}, Options{})
	release := s.bridge.Hold()
	s.segment("blue")
	s.segment("red")
	if _, err := s.machine("a", s.onBlue("")); err == nil {
		t.Error("a NIC is on a segment that is not shown")
	}
	s.ask("DELETE", "/infra/segments/blue", "")
	if found := append(s.shown("blue"), s.shown("red")...); len(found) > 0 {
		t.Errorf("shown: %v", found)
	}
	release()
	release()
	s.soon("red shown, and blue not", func() bool { return len(s.shown("red")) == 1 && len(s.shown("blue")) == 0 })
}

// TestLag: what is put and removed within the lag is put and removed in this order.
func TestLag(t *testing.T) {
	t.Parallel()
	s := open(t, vcsim.Options{}, Options{Lag: 3 * time.Millisecond})
	s.segment("blue")
	s.ask("DELETE", "/infra/segments/blue", "")
	s.segment("red")
	s.soon("red shown", func() bool { return len(s.shown("red")) == 1 })
	if found := s.shown("blue"); len(found) > 0 {
		t.Errorf("left: %v", found)
	}
}

// TestLagIsWaitedFor: what is not due is not shown, whatever else happens.
func TestLagIsWaitedFor(t *testing.T) {
	t.Parallel()
	s := open(t, vcsim.Options{}, Options{Lag: time.Hour})
	s.segment("blue")
	s.soon("the segment is to be shown", func() bool {
		s.bridge.mu.Lock()
		defer s.bridge.mu.Unlock()
		return len(s.bridge.errands) == 1
	})
	s.bridge.Hold()()
	if found := s.shown("blue"); len(found) > 0 {
		t.Errorf("shown: %v", found)
	}
}

// TestPath: a segment of a project is shown with its own path.
func TestPath(t *testing.T) {
	t.Parallel()
	s := open(t, vcsim.Options{}, Options{})
	path := "/orgs/default/projects/p/infra/segments/green"
	s.bridge.PutSegment(nsxsim.Segment{ID: "green", Path: path, Name: "green", SwitchUUID: "6a2c0b4e-0000-4000-8000-0000000009ee"})
	if is := s.config("green").SegmentId; is != path {
		t.Errorf("its path is %s", is)
	}
}

// config is that of the first portgroup of a name.
func (s *site) config(name string) types.DVPortgroupConfigInfo {
	s.Helper()
	var group mo.DistributedVirtualPortgroup
	found := s.shown(name)[0].(*object.DistributedVirtualPortgroup)
	if err := found.Properties(s.Context(), found.Reference(), []string{"config"}, &group); err != nil {
		s.Fatal(err)
	}
	return group.Config
}

// TestCards: a NIC that names a port is in it, one that names none gets an automatic port, which outlives it, and so does the segment.
func TestCards(t *testing.T) {
	t.Parallel()
	s := open(t, vcsim.Options{}, Options{})
	s.segment("blue")
	s.soon("blue shown", func() bool { return len(s.shown("blue")) == 1 })
	s.ask("PUT", "/infra/segments/blue/ports/one", `{"attachment":{"id":"6a2c0b4e-0000-4000-8000-000000000001"}}`)
	vm := s.must(s.machine("a", s.onBlue("6a2c0b4e-0000-4000-8000-000000000001")))
	if state := s.state("/infra/segments/blue/ports/one"); state != "ATTACHED" {
		t.Errorf("with its NIC the port is %v", state)
	}
	s.destroy(vm)
	if state := s.state("/infra/segments/blue/ports/one"); state != "FREE" {
		t.Errorf("without its NIC the port is %v", state)
	}
	s.ask("DELETE", "/infra/segments/blue/ports/one", "")
	vm = s.must(s.machine("b", s.onBlue("")))
	ports := s.nsx.Paths("SegmentPort")
	if len(ports) != 1 || !strings.Contains(ports[0], "/blue/ports/default:") {
		t.Errorf("the ports are %v", ports)
	}
	s.destroy(vm)
	if status, answer := s.try("DELETE", "/infra/segments/blue", ""); status != http.StatusBadRequest || answer["error_code"] != 503040.0 {
		t.Errorf("with a lingering port the segment's deletion is answered with %d, %v", status, answer)
	}
	s.nsx.Advance(time.Hour)
	s.ask("DELETE", "/infra/segments/blue", "")
	s.soon("blue gone", func() bool { return len(s.shown("blue")) == 0 })
}

// TestForeignSegments: NICs on segments that another NSX has put into the vCenter are none of this one's business.
func TestForeignSegments(t *testing.T) {
	t.Parallel()
	s := open(t, vcsim.Options{}, Options{})
	backing, err := s.shown("nsx-segment")[0].EthernetCardBackingInfo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	nic := &types.VirtualVmxnet3{}
	nic.Key, nic.Backing = -1, backing
	s.destroy(s.must(s.machine("a", []types.BaseVirtualDeviceConfigSpec{&types.VirtualDeviceConfigSpec{Operation: "add", Device: nic}})))
	if misuses := s.nsx.Misuses(); len(misuses) > 0 {
		t.Error(misuses)
	}
}

// TestReport: what NSX wants and vCenter cannot do is told.
func TestReport(t *testing.T) {
	t.Parallel()
	s := open(t, vcsim.Options{}, Options{Zones: map[string][]string{nsxsim.OverlayZone: {"none"}}})
	s.segment("blue")
	s.soon("a report", func() bool {
		s.bridge.settling.Lock()
		defer s.bridge.settling.Unlock()
		return len(s.said) == 1
	})
	if said := s.said[0].Error(); !strings.Contains(said, "segment blue") || !strings.Contains(said, "switch none") {
		t.Error(said)
	}
}

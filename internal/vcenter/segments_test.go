// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/servers"
)

const blue = "6f0c9b1e-52a0-4f0b-9a55-30a1f7e6c0d2"

var blueSegment = vcsim.Segment{ID: blue, Name: "blue", SwitchUUID: "b1000000-0000-4000-8000-000000000001",
	Switches: []string{"one", "two"}}

// onTwoSwitches gives each of two clusters a switch of its own, both with the segment blue.
func onTwoSwitches(t *testing.T) *acctest.VCenter {
	t.Helper()
	vc := acctest.Start(t, vcsim.Options{Clusters: 2})
	second := func(host mo.HostSystem) bool { return slices.Contains([]string{"esx-4", "esx-5", "esx-6"}, host.Name) }
	vc.AddSwitch("one", 1600, func(host mo.HostSystem) bool { return !second(host) })
	vc.AddSwitch("two", 9000, second)
	put(t, vc, blueSegment)
	return vc
}

func put(t *testing.T, vc *acctest.VCenter, s vcsim.Segment) {
	t.Helper()
	if err := vc.PutSegment(s); err != nil {
		t.Fatal(err)
	}
}

// TestSegmentIsOneNetwork, whatever it is called by, and nothing of it is changed.
func TestSegmentIsOneNetwork(t *testing.T) {
	t.Parallel()
	vc := onTwoSwitches(t)
	put(t, vc, vcsim.Segment{ID: "web", Name: "tenant web", SwitchUUID: "b1000000-0000-4000-8000-000000000002", Switches: []string{"one"},
		Path: "/orgs/default/projects/p1/infra/segments/web"})
	c := zoned(t, vc, vc.Wire(t), "")
	all, err := c.Networks.ListNetworks(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	all = slices.DeleteFunc(slices.Clone(all), func(n openstack.Network) bool { return n.Name != "blue" })
	if len(all) != 1 || len(all[0].Portgroups) != 2 {
		t.Fatalf("%+v", all)
	}
	n := all[0]
	if n.ID != blue || n.Kind != openstack.NetworkSegment || n.SegmentPath != "/infra/segments/"+blue || n.MTU != 1600 ||
		n.LogicalSwitch != blueSegment.SwitchUUID || n.SwitchUUID+n.PortgroupKey != "" || n.Mark != nil || n.Bookable() {
		t.Errorf("%+v", n)
	}
	ids := []string{blue, n.SegmentPath, n.LogicalSwitch}
	for _, p := range n.Portgroups {
		ids = append(ids, p.ID, p.Key)
	}
	for _, id := range ids {
		if found, err := c.Networks.Network(t.Context(), id, "blue"); err != nil || found.ID != blue {
			t.Errorf("by %s: %q, %v", id, found.ID, err)
		}
	}
	if tenant, err := c.Networks.Network(t.Context(), "web", ""); err != nil || tenant.Name != "tenant web" {
		t.Errorf("of a project: %+v, %v", tenant, err)
	}
	n.ID, n.Name = n.Portgroups[0].ID, "mine"
	_, err = c.Networks.UpdatePortgroup(t.Context(), n)
	if err == nil || !strings.Contains(err.Error(), "NSX keeps it for the segment "+blue) {
		t.Error(err)
	}
	if ours, err := c.Networks.DeletePortgroup(t.Context(), n.ID); ours || err != nil {
		t.Error(ours, err)
	}
	calls := vc.Calls()
	if n := calls["ReconfigureDVPortgroup_Task"] + calls["Destroy_Task"]; n != 0 {
		t.Errorf("%d changes of NSX's portgroups", n)
	}
}

// TestSegmentsOfOneID, in two projects, are two networks with their whole paths as ids.
func TestSegmentsOfOneID(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	paths := []string{"/infra/segments/web", "/orgs/default/projects/p1/infra/segments/web"}
	for i, path := range paths {
		put(t, vc, vcsim.Segment{ID: "web", Name: []string{"web", "web of p1"}[i], SwitchUUID: []string{"ls-1", "ls-2"}[i], Path: path})
	}
	c := zoned(t, vc, vc.Wire(t), "")
	for i, path := range paths {
		if n, err := c.Networks.Network(t.Context(), path, ""); err != nil || n.ID != path || n.LogicalSwitch != []string{"ls-1", "ls-2"}[i] {
			t.Errorf("%s: %+v, %v", path, n, err)
		}
	}
	if _, err := c.Networks.Network(t.Context(), "web", ""); !errors.Is(err, openstack.ErrNotFound) {
		t.Error(err)
	}
}

// TestSegmentIsWaitedFor: vCenter shows a segment some time after NSX has made it, and for a while after NSX has deleted it.
func TestSegmentIsWaitedFor(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	c := zoned(t, vc, vc.Wire(t), "")
	if _, err := c.Networks.ListNetworks(t.Context()); err != nil {
		t.Fatal(err)
	}
	late := vcsim.Segment{ID: blue, Name: "blue", SwitchUUID: blueSegment.SwitchUUID}
	soon, stop := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer stop()
	if _, err := c.Networks.WaitForSegment(soon, blue); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("it is not there, and was found: %v", err)
	}
	shown := make(chan error, 1)
	go func() {
		shown <- errors.Join(vc.PutSegment(vcsim.Segment{ID: "red", Name: "red", SwitchUUID: "ls-red"}), vc.PutSegment(late))
	}()
	n, err := c.Networks.WaitForSegment(t.Context(), blue)
	if err := errors.Join(err, <-shown); err != nil || n.ID != blue || len(n.Portgroups) == 0 {
		t.Fatalf("%+v, %v", n, err)
	}
	if found, err := c.Networks.Network(t.Context(), blue, ""); err != nil || found.LogicalSwitch != late.SwitchUUID {
		t.Errorf("%+v, %v", found, err)
	}
	vc.ResetCalls()
	if _, err := c.Networks.WaitForSegment(t.Context(), late.SwitchUUID); err != nil || len(vc.Calls()) > 0 {
		t.Errorf("%v, and it asked again: %v", err, vc.Calls())
	}
	soon, stop = context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer stop()
	if err := c.Networks.WaitForSegmentGone(soon, blue); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("it is there, and was taken for gone: %v", err)
	}
	gone := make(chan error, 1)
	go func() { gone <- c.Networks.WaitForSegmentGone(t.Context(), blue) }()
	if err := errors.Join(vc.RemoveSegment(blue), <-gone); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Networks.Network(t.Context(), blue, ""); !errors.Is(err, openstack.ErrNotFound) {
		t.Error(err)
	}
}

// nicAt is a NIC of a machine.
type nicAt struct {
	portgroup string // the name of the portgroup's switch
	external  string
	mac       string
}

// nicsAt returns the NICs of web, and fails for one that names a port of the switch which it was told.
func nicsAt(t *testing.T, vc *acctest.VCenter, c *vcenter.Client) (out []nicAt) {
	t.Helper()
	for _, device := range vc.VM("OpenStack/web").Config.Hardware.Device {
		card, ok := device.(types.BaseVirtualEthernetCard)
		if !ok {
			continue
		}
		is := card.GetVirtualEthernetCard()
		at, _ := is.Backing.(*types.VirtualEthernetCardDistributedVirtualPortBackingInfo)
		if at == nil {
			t.Fatalf("a NIC on %+v", is.Backing)
		}
		n, err := c.Networks.AtPortgroup(t.Context(), at.Port.PortgroupKey)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range n.AllPortgroups() {
			if p.Key == at.Port.PortgroupKey {
				out = append(out, nicAt{p.SwitchName, is.ExternalId, is.MacAddress})
			}
		}
	}
	return out
}

// isOnBlue checks that NICs are on the segment blue by a switch, with some ports, and are read as that.
func isOnBlue(t *testing.T, now []nicAt, read []openstack.NIC, on string, ports []string) {
	t.Helper()
	if len(now) != len(ports) || len(read) != len(ports) {
		t.Fatalf("%+v, read as %+v", now, read)
	}
	for i, port := range ports {
		is := read[i]
		if now[i].portgroup != on || now[i].external != port || is.NetworkID != blue || is.Home != "" || is.Plug != blueSegment.SwitchUUID ||
			!strings.EqualFold(is.MAC, now[i].mac) {
			t.Errorf("NIC %d: %+v, read as %+v", i, now[i], is)
		}
	}
}

// TestInstanceOnSegment: its NICs are on the portgroups of its host's switch with the ports that they were made for, which is what is
// read, and follow it to another switch.
func TestInstanceOnSegment(t *testing.T) {
	t.Parallel()
	vc := onTwoSwitches(t)
	c := zoned(t, vc, vc.Wire(t), "")
	want := request(t, c, "web")
	segment, err := c.Networks.Network(t.Context(), blue, "")
	if err != nil {
		t.Fatal(err)
	}
	want.Zone, want.Networks = "az1", []openstack.Network{segment}
	want.NICs = []openstack.NIC{{NetworkID: blue, MAC: "00:50:56:00:00:01", Port: "port-1", Attachment: "port-1"}}
	server, err := c.Servers.Create(t.Context(), want)
	if err != nil {
		t.Fatal(err)
	}
	expect := func(s openstack.Server, on string, ports ...string) {
		t.Helper()
		isOnBlue(t, nicsAt(t, vc, c), s.NICs, on, ports)
	}
	expect(server, "one", "port-1")
	if n := vc.Calls()["ReconfigVM_Task"]; n != 0 {
		t.Errorf("the portgroup was taken for a difference: %d changes", n)
	}
	if _, err := c.Servers.AttachInterface(t.Context(), server.ID, segment, openstack.NIC{Port: "port-2", MAC: "00:50:56:00:00:02",
		Attachment: "port-2"}); err != nil {
		t.Fatal(err)
	}
	key := machine.Key{ID: server.ID, MoRef: server.MoRef}
	if server, err = c.Machines.Read(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	expect(server, "one", "port-1", "port-2")
	server.NICs = server.Plugged()
	if server, err = move(t, c, server, "az2"); err != nil {
		t.Fatal(err)
	}
	expect(server, "two", "port-1", "port-2")
	if nic, err := c.Servers.Interface(t.Context(), server.ID, "port-2"); err != nil || nic.NetworkID != blue {
		t.Errorf("%+v, %v", nic, err)
	}
	vc.ResetCalls()
	server.Description = "moved"
	server.NICs = server.Plugged()
	if server, err = c.Servers.Update(t.Context(), key, servers.Update{ServerSpec: server.ServerSpec}); err != nil {
		t.Fatal(err)
	}
	expect(server, "two", "port-1", "port-2")
	if err := c.Servers.DetachInterface(t.Context(), server.ID, "port-2"); err != nil {
		t.Fatal(err)
	}
	if server, err = c.Machines.Read(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	expect(server, "two", "port-1")
}

// TestSegmentOutOfReach: a host without the segment's switch is told at once.
func TestSegmentOutOfReach(t *testing.T) {
	t.Parallel()
	vc := onTwoSwitches(t)
	put(t, vc, vcsim.Segment{ID: "red", Name: "red", SwitchUUID: "ls-red", Switches: []string{"two"}})
	c := zoned(t, vc, vc.Wire(t), "")
	red, err := c.Networks.Network(t.Context(), "red", "")
	if err != nil {
		t.Fatal(err)
	}
	both, err := c.Networks.Network(t.Context(), blue, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Inventory.CheckHosts(t.Context(), "az1", "", []openstack.Network{both}); err != nil {
		t.Error(err)
	}
	err = c.Inventory.CheckHosts(t.Context(), "az1", "", []openstack.Network{both, red})
	if err == nil || !strings.Contains(err.Error(), "is a member of the distributed switch two, which the network red is on") {
		t.Error(err)
	}
	err = c.Inventory.CheckHosts(t.Context(), "az1", "esx-1", []openstack.Network{red})
	if err == nil || !strings.Contains(err.Error(), "of which the host esx-1 is no member") {
		t.Error(err)
	}
}

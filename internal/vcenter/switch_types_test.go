// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"context"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/inventory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/network"
)

// TestRealSwitchTypes: a real vCenter's switches are of the type VmwareDistributedVirtualSwitch, in lists, in portgroups and in requests.
func TestRealSwitchTypes(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	wire := vc.RealSwitchTypes(t)
	c := vcenter.New(vcenter.Config{Server: wire.Server, User: vc.User, Password: vc.Password, CAFile: wire.CAFile, Folder: "OpenStack",
		Zones: []inventory.Zone{{Name: "az1", Cluster: "compute", Switch: "dvs-1"}}})
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	if err := c.Inventory.CheckPlacement(t.Context(), "az1"); err != nil {
		t.Error(err)
	}
	on, err := c.Networks.Switch(t.Context(), "")
	if err != nil || on.SwitchUUID == "" || on.MTU != 9000 {
		t.Fatal(on, err)
	}
	public, err := c.Networks.Network(t.Context(), "", "public")
	if err != nil || public.SwitchUUID != on.SwitchUUID || public.MTU != 9000 {
		t.Error(public, err)
	}
	made, err := c.Networks.CreatePortgroup(t.Context(), openstack.Network{Name: "mine", SwitchName: "dvs-1", VLAN: 7, AdminUp: true})
	if err != nil || made.SwitchUUID != on.SwitchUUID || made.VLAN != 7 {
		t.Fatal(made, err)
	}
	got, err := c.Networks.CreateInRange(t.Context(), openstack.Network{Name: "any", AnyVLAN: true, AdminUp: true},
		[]network.VLANChoice{{SwitchUUID: on.SwitchUUID, Ranges: []openstack.VLANRange{{First: 7, Last: 8}}}}, nil)
	if err != nil || got.SwitchUUID != on.SwitchUUID || got.VLAN != 8 {
		t.Fatal(got, err)
	}
	node, err := c.Nodes.FindComputeNode(t.Context(), "esx-1")
	if err != nil || len(node.Switches) == 0 {
		t.Error(node, err)
	}
	if _, err := c.Flavors.Create(t.Context(), small); err != nil {
		t.Fatal(err)
	}
	server, err := c.Servers.Create(t.Context(), request(t, c, "web"))
	if err != nil {
		t.Error(err)
	}
	if err := c.Servers.Delete(t.Context(), machine.Key{ID: server.ID}, false); err != nil {
		t.Error(err)
	}
}

// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/network"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// TestSwitchPortChangedWhileRead: a switch port that was read before this process changed it is read again.
func TestSwitchPortChangedWhileRead(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	var c *vcenter.Client
	var watch atomic.Bool
	var change func() error
	var changed error
	wire := vc.Between(t, func(call acctest.Call, ask func() *httptest.ResponseRecorder) (answer *httptest.ResponseRecorder) {
		if call.Name != "FetchDVPorts" || !watch.CompareAndSwap(true, false) {
			return nil
		}
		answer = ask()
		changed = change()
		return answer
	})
	c = clientOver(t, vc, wire)
	n, err := c.Networks.CreatePortgroup(t.Context(), openstack.Network{Name: "lab", VLAN: 100, AdminUp: true})
	if err != nil {
		t.Fatal(err)
	}
	p := openstack.Port{ID: "port", NetworkID: n.ID}
	if p.SwitchPort, err = c.Networks.BookPort(t.Context(), n, network.SwitchPortSpec{Port: p}); err != nil {
		t.Fatal(err)
	}
	p.Down = true
	change = func() error {
		return c.Networks.SetPorts(t.Context(), n.SwitchUUID, []string{p.SwitchPort},
			func(map[string]types.DistributedVirtualPort) ([]network.SwitchPortSpec, error) {
				return []network.SwitchPortSpec{{Port: p}}, nil
			})
	}
	watch.Store(true)
	if _, err := c.Networks.SwitchPort(t.Context(), n.SwitchUUID, p.SwitchPort); err != nil || changed != nil {
		t.Fatal(err, changed)
	}
	is, err := c.Networks.SwitchPort(t.Context(), n.SwitchUUID, p.SwitchPort)
	if err != nil {
		t.Fatal(err)
	}
	if setting, _ := is.Config.Setting.(*types.VMwareDVSPortSetting); setting == nil || setting.Blocked == nil ||
		setting.Blocked.Value == nil || !*setting.Blocked.Value {
		t.Errorf("the port is %+v, not blocked", is.Config.Setting)
	}
}

// TestPluggedPortBooked: a port whose NIC is in its switch port already, as a killed process has left it, keeps that one, and no other gets
// its name.
func TestPluggedPortBooked(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	c := clientOver(t, vc, vc.Wire(t))
	n, err := c.Networks.CreatePortgroup(t.Context(), openstack.Network{Name: "lab", VLAN: 100, AdminUp: true})
	if err != nil {
		t.Fatal(err)
	}
	p := openstack.Port{ID: "port", NetworkID: n.ID}
	if p.SwitchPort, err = c.Networks.BookPort(t.Context(), n, network.SwitchPortSpec{Port: p}); err != nil {
		t.Fatal(err)
	}
	card := &types.VirtualVmxnet3{}
	at := types.DistributedVirtualSwitchPortConnection{SwitchUuid: n.SwitchUUID, PortgroupKey: n.PortgroupKey, PortKey: p.SwitchPort}
	card.Key, card.Backing = -1, &types.VirtualEthernetCardDistributedVirtualPortBackingInfo{Port: at}
	vc.Make("OpenStack", types.VirtualMachineConfigSpec{Name: "web", Version: "vmx-19",
		DeviceChange: []types.BaseVirtualDeviceConfigSpec{hardware.Add(card)}})
	ports := []openstack.Port{p, {ID: "other", NetworkID: n.ID}}
	for i, want := range []bool{true, false} {
		key, err := c.Networks.BookPort(t.Context(), n, network.SwitchPortSpec{Port: ports[i]})
		if err != nil || key == "" || (key == p.SwitchPort) != want {
			t.Fatalf("the port %s got the switch port %s (%v), and the first had %s", ports[i].ID, key, err, p.SwitchPort)
		}
	}
	standing, err := c.Networks.Standings(t.Context(), n.ID, ports[:1])
	if err != nil || standing[0] != network.Connected {
		t.Errorf("the switch port stands at %d (%v)", standing[0], err)
	}
}

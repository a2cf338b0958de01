// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"slices"
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim/switches"
)

// member is what a switch is told of a host.
func member(operation string, h *object.HostSystem, adapters ...string) types.DistributedVirtualSwitchHostMemberConfigSpec {
	backing := &types.DistributedVirtualSwitchHostMemberPnicBacking{}
	for _, adapter := range adapters {
		backing.PnicSpec = append(backing.PnicSpec, types.DistributedVirtualSwitchHostMemberPnicSpec{PnicDevice: adapter})
	}
	return types.DistributedVirtualSwitchHostMemberConfigSpec{Operation: operation, Host: h.Reference(), Backing: backing}
}

func TestSwitchMembers(t *testing.T) {
	t.Parallel()
	l := strict(t)
	n, err := l.find.Network(l.ctx, "dvs-1")
	l.ok(err)
	dvs := n.(*object.DistributedVirtualSwitch)
	version := func() string {
		var m mo.DistributedVirtualSwitch
		l.ok(dvs.Properties(l.ctx, dvs.Reference(), []string{"config"}, &m))
		return m.Config.GetDVSConfigInfo().ConfigVersion
	}
	change := func(version string, members ...types.DistributedVirtualSwitchHostMemberConfigSpec) error {
		_, err := l.task(dvs.Reconfigure(l.ctx, &types.VMwareDVSConfigSpec{DVSConfigSpec: types.DVSConfigSpec{ConfigVersion: version,
			Host: members}}))
		return err
	}
	h := l.addHost(l.compute(), "esx-9")
	uplinks := func() []string {
		for _, proxy := range l.seeHost(h).Config.Network.ProxySwitch {
			if proxy.DvsName == "dvs-1" {
				return proxy.Pnic
			}
		}
		return nil
	}
	for name, one := range map[string]struct {
		member types.DistributedVirtualSwitchHostMemberConfigSpec
		want   types.BaseMethodFault
	}{
		"no such adapter":   {member("add", h, "vmnic9"), &types.InvalidArgument{}},
		"of the management": {member("add", h, "vmnic0"), &types.ResourceInUse{}},
		"is no member":      {member("edit", h, "vmnic1"), &types.InvalidArgument{}},
		"is one already":    {member("add", l.esx("esx-1"), "vmnic1"), &types.AlreadyExists{}},
	} {
		t.Log(name)
		faults(t, change("", one.member), one.want)
	}
	seen := version()
	l.ok(change(seen, member("add", h, "vmnic1")))
	faults(t, change(seen, member("edit", h, "vmnic1", "vmnic2")), &types.ConcurrentAccess{})
	if have := uplinks(); !slices.Equal(have, []string{switches.AdapterKey + "vmnic1"}) {
		t.Errorf("uplinks %v", have)
	}
	l.ok(change(version(), member("edit", h, "vmnic1", "vmnic2")))
	if have := uplinks(); len(have) != 2 {
		t.Errorf("uplinks %v", have)
	}
	l.ok(change("", member("remove", h)))
	if have := l.seeHost(h); len(have.Config.Network.ProxySwitch) != 0 || len(have.Network) != 1 {
		t.Errorf("it is still on %+v, with %v", have.Config.Network.ProxySwitch, have.Network)
	}
	if other := l.seeHost(l.esx("esx-1")).Config.Network; len(other.ProxySwitch) != 1 || len(other.Pnic) != switches.HostAdapters {
		t.Errorf("another host has %+v", other.ProxySwitch)
	}
}

func TestLookAtHost(t *testing.T) {
	t.Parallel()
	l := strict(t)
	dc, err := l.find.Datacenter(l.ctx, l.v.Datacenter(1))
	l.ok(err)
	look := func(name, password, thumbprint string) error {
		_, err := methods.QueryConnectionInfo(l.ctx, l.c.Client, &types.QueryConnectionInfo{This: dc.Reference(), Hostname: name, Port: 443,
			Username: HostUser, Password: password, SslThumbprint: thumbprint})
		return err
	}
	l.ok(look("esx-9", HostPassword, HostThumbprint("esx-9")))
	faults(t, look("esx-9", HostPassword, ""), &types.SSLVerifyFault{})
	faults(t, look("esx-9", "no", HostThumbprint("esx-9")), &types.InvalidLogin{})
	faults(t, look("esx-9"+Unreachable, HostPassword, ""), &types.NoHost{})
	faults(t, look("esx-1", HostPassword, HostThumbprint("esx-1")), &types.AlreadyConnected{})
}

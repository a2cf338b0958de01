// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"errors"
	"testing"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// laboratory is the vCenter of a life.
type laboratory struct {
	*acctest.VCenter
	t   *testing.T
	ids []string // placeholders in configurations, each followed by the id that it stands for
}

// admin applies a configuration as the administrator, and leaves it.
func (l *laboratory) admin(settings, config string) {
	l.t.Helper()
	if err := protocol.Made(l.t, acctest.Factories["novasphere"], l.Config(settings, config)); err != nil {
		l.t.Fatal(err)
	}
}

// passing applies a configuration as the administrator, and destroys it.
func (l *laboratory) passing(config string) {
	l.t.Helper()
	ws := protocol.NewWorkspace(l.t, func() (protocol.Factory, func()) { return acctest.Factories["novasphere"], func() {} })
	ws.Configure(l.Config("", config))
	if err := errors.Join(ws.Apply(), ws.Destroy()); err != nil {
		l.t.Fatal(err)
	}
}

func makeFlavors(l *laboratory) {
	l.t.Helper()
	l.admin("", twoFlavors)
}

// edit changes a template as an administrator does.
func (l *laboratory) edit(template string, options map[string]string) {
	l.t.Helper()
	ctx := l.t.Context()
	vm, err := find.NewFinder(l.Client().Client).VirtualMachine(ctx, l.Datacenter(1)+"/vm/"+vcsim.ImageFolder+"/"+template)
	if err != nil {
		l.t.Fatal(err)
	}
	pool := l.pool()
	if err := vm.MarkAsVirtualMachine(ctx, pool, nil); err != nil {
		l.t.Fatal(err)
	}
	var spec types.VirtualMachineConfigSpec
	for key, value := range options {
		spec.ExtraConfig = append(spec.ExtraConfig, &types.OptionValue{Key: key, Value: value})
	}
	task, err := vm.Reconfigure(ctx, spec)
	if err == nil {
		err = task.Wait(ctx)
	}
	if err == nil {
		err = vm.MarkAsTemplate(ctx)
	}
	if err != nil {
		l.t.Fatal(err)
	}
}

func (l *laboratory) pool() object.ResourcePool {
	l.t.Helper()
	pool, err := find.NewFinder(l.Client().Client).ResourcePool(l.t.Context(), l.Datacenter(1)+"/host/compute/Resources")
	if err != nil {
		l.t.Fatal(err)
	}
	return *pool
}

func outside(l *laboratory) {
	l.t.Helper()
	l.admin("", outsideNet)
}

// plug makes an instance with the port p-port, as the administrator.
func plug(l *laboratory) {
	l.t.Helper()
	l.admin("  security_groups = \"dvs\"\n", thePort+server("p.small", "debian-12",
		"  network { port = data.novasphere_networking_port.p.id }\n"))
}

// unplug deletes the instance, as with the vSphere client.
func unplug(l *laboratory) {
	l.t.Helper()
	vm, err := find.NewFinder(l.Client().Client).VirtualMachine(l.t.Context(), l.Datacenter(1)+"/vm/OpenStack/it")
	if err != nil {
		l.t.Fatal(err)
	}
	l.done(vm.PowerOff(l.t.Context()))
	l.done(vm.Destroy(l.t.Context()))
}

// done waits for a task.
func (l *laboratory) done(task *object.Task, err error) {
	l.t.Helper()
	if err == nil {
		err = task.Wait(l.t.Context())
	}
	if err != nil {
		l.t.Fatal(err)
	}
}

// forgetPort deletes the record of the port p-port.
func (l *laboratory) forgetPort() {
	l.t.Helper()
	p := l.Provider(l.t, map[string]any{"security_groups": "dvs"})
	found, all := p.Query("novasphere_networking_port", map[string]any{"name": "p-port"})
	if len(protocol.Errors(all)) > 0 {
		l.t.Fatal(all)
	}
	var id string
	if err := found["id"].As(&id); err != nil {
		l.t.Fatal(err)
	}
	port, all := p.Import("novasphere_networking_port", id)
	if len(protocol.Errors(all)) > 0 {
		l.t.Fatal(all)
	}
	p.Destroy(port)
}

// grouping plugs in a port that has the group p-group, as the administrator.
func grouping(l *laboratory) {
	l.t.Helper()
	l.admin("  security_groups = \"dvs\"\n", twoFlavors+netOnSwitch+subnetOn+group("")+
		"resource \"novasphere_networking_port\" \"it\" {\n  name = \"p-port\"\n  network_id = novasphere_networking_network.n.id\n  "+
		"security_group_ids = [novasphere_networking_secgroup.it.id]\n  depends_on = [novasphere_networking_subnet.s]\n}\n")
	plug(l)
}

// lose disconnects the host, as with the vSphere client.
func lose(l *laboratory) {
	l.t.Helper()
	host, err := find.NewFinder(l.Client().Client).HostSystem(l.t.Context(), l.Datacenter(1)+"/host/compute/esx-9")
	if err != nil {
		l.t.Fatal(err)
	}
	l.done(host.Disconnect(l.t.Context()))
}

// SPDX-License-Identifier: MPL-2.0

package actions_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

const (
	reboot  = "novasphere_compute_instance_reboot"
	power   = "novasphere_compute_instance_power"
	migrate = "novasphere_compute_instance_live_migrate"
	console = "novasphere_compute_instance_console_log"
	leave   = "novasphere_compute_node_evacuate"

	instance = "novasphere_compute_instance"
)

// lab is a vCenter with a provider and a flavor.
type lab struct {
	*acctest.VCenter
	*protocol.Provider
	t *testing.T
}

func newLab(t *testing.T, o vcsim.Options) *lab {
	t.Helper()
	vc := acctest.Start(t, o)
	l := &lab{vc, vc.Provider(t, nil), t}
	l.Bring("novasphere_compute_flavor", map[string]any{"name": "m1.small", "vcpus": 2, "ram": 2048, "disk": 20}, protocol.Object{})
	return l
}

// server returns the arguments of an instance.
func server(name string, more map[string]any) map[string]any {
	out := map[string]any{"name": name, "flavor_name": "m1.small", "image_name": "debian-12",
		"network": []any{map[string]any{"name": "public"}}}
	for key, value := range more {
		out[key] = value
	}
	return out
}

// made makes an instance and returns it with its VM.
func (l *lab) made(name string) (protocol.Object, mo.VirtualMachine) {
	l.t.Helper()
	made := l.Bring(instance, server(name, nil), protocol.Object{})
	return made, l.VM("OpenStack/" + name)
}

// done invokes an action, which must end without an error, and returns its progress as one text.
func (l *lab) done(kind string, config map[string]any) string {
	l.t.Helper()
	got := l.Invoke(kind, config)
	if errors := protocol.Errors(got.Said); len(errors) > 0 || !got.Ended {
		l.t.Fatalf("%s: %v, ended: %t", kind, got.Said, got.Ended)
	}
	return strings.Join(got.Progress, "\n")
}

// refused invokes an action, which must end with an error at an attribute that has the texts.
func (l *lab) refused(kind string, config map[string]any, at string, texts ...string) {
	l.t.Helper()
	errors := protocol.Errors(l.Invoke(kind, config).Said)
	if len(errors) != 1 || errors[0].Attribute != at {
		l.t.Fatalf("%s: one error at %q was expected: %v", kind, at, errors)
	}
	for _, text := range texts {
		if !strings.Contains(errors[0].Text, text) {
			l.t.Errorf("%s: %q is not in: %s", kind, text, errors[0].Text)
		}
	}
}

// counted checks how often some methods were called since the last ResetCalls.
func (l *lab) counted(want map[string]int) {
	l.t.Helper()
	calls := l.Calls()
	for method, n := range want {
		if calls[method] != n {
			l.t.Errorf("%s was called %d times, not %d", method, calls[method], n)
		}
	}
}

// next returns what the next plan of an instance wants after a refresh: its action and power state.
func (l *lab) next(of protocol.Object, config map[string]any) protocol.Plan {
	l.t.Helper()
	now, said := l.Read(of)
	if len(protocol.Errors(said)) > 0 {
		l.t.Fatal(said)
	}
	return l.Plan(instance, config, now)
}

// hosts returns the ESX hosts of the first cluster by their names.
func (l *lab) hosts() map[string]types.ManagedObjectReference {
	l.t.Helper()
	all, err := find.NewFinder(l.Client().Client).HostSystemList(context.Background(), l.Datacenter(1)+"/host/compute/*")
	if err != nil {
		l.t.Fatal(err)
	}
	out := map[string]types.ManagedObjectReference{}
	for _, host := range all {
		out[host.Name()] = host.Reference()
	}
	return out
}

// hostOf returns the name of the host that a VM is on.
func (l *lab) hostOf(name string) string {
	l.t.Helper()
	at := *l.VM("OpenStack/" + name).Runtime.Host
	for host, ref := range l.hosts() {
		if ref == at {
			return host
		}
	}
	l.t.Fatalf("%s is on %s, which is none of the cluster's hosts", name, at)
	return ""
}

// toHost moves a VM behind the provider's back.
func (l *lab) toHost(name, host string) {
	l.t.Helper()
	ctx := context.Background()
	to := l.hosts()[host]
	vm := object.NewVirtualMachine(l.Client().Client, l.VM("OpenStack/"+name).Self)
	task, err := vm.Relocate(ctx, types.VirtualMachineRelocateSpec{Host: &to}, types.VirtualMachineMovePriorityDefaultPriority)
	if err == nil {
		err = task.Wait(ctx)
	}
	if err != nil {
		l.t.Fatal(err)
	}
}

// stranger starts a machine in the instances' folder that is nobody's instance, and returns it.
func (l *lab) stranger() mo.VirtualMachine {
	l.t.Helper()
	ctx := context.Background()
	for _, vm := range l.VMs("OpenStack/*") {
		if acctest.Extra(vm)["novasphere.server"] != "" {
			continue
		}
		task, err := object.NewVirtualMachine(l.Client().Client, vm.Self).PowerOn(ctx)
		if err == nil {
			err = task.Wait(ctx)
		}
		if err != nil {
			l.t.Fatal(err)
		}
		return l.VM("OpenStack/" + vm.Name)
	}
	l.t.Fatal("there is no machine of others")
	return mo.VirtualMachine{}
}

// id returns the arguments of an action on an instance.
func id(of protocol.Object, more ...any) map[string]any {
	out := map[string]any{"instance_id": of.Text("id")}
	for i := 0; i+1 < len(more); i += 2 {
		out[fmt.Sprint(more[i])] = more[i+1]
	}
	return out
}

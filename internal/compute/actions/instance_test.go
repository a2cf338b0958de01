// SPDX-License-Identifier: MPL-2.0

package actions_test

import (
	"context"
	"strings"
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// ofInstances are the actions on an instance, with the arguments that they need beside its id.
var ofInstances = map[string][]any{reboot: nil, power: {"state", "shutoff"}, migrate: nil, console: nil,
	"novasphere_compute_instance_snapshot": {"operation", "create", "name", "a"}, "novasphere_compute_instance_rescue": nil,
	"novasphere_compute_instance_unrescue": nil, "novasphere_compute_instance_shelve": nil, "novasphere_compute_instance_unshelve": nil}

// TestActionsOnWrongInstances: every action on an instance refuses an id that is none, one that nobody has, a VM that is nobody's instance,
// and an instance that was made a template, at plan already; and while the id is not known the plan asks nothing.
func TestActionsOnWrongInstances(t *testing.T) {
	t.Parallel()
	l := newLab(t, vcsim.Options{ForeignVMs: 2})
	frozen, vm := l.made("frozen")
	machine := object.NewVirtualMachine(l.Client().Client, vm.Self)
	off, err := machine.PowerOff(t.Context())
	if err == nil {
		err = off.Wait(t.Context())
	}
	if err == nil {
		err = machine.MarkAsTemplate(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	l.ResetCalls()
	wrong := map[string]string{"web": "is no instance's id", "7f3d8b8e-0f6e-4d0e-9f0e-0c6a3f1d2b11": "no VM has the instance UUID",
		l.stranger().Config.InstanceUuid: "is no instance: neither this provider nor Nova has made it",
		frozen.Text("id"):                "frozen has been made a template"}
	for kind, more := range ofInstances {
		for id, text := range wrong {
			config := map[string]any{"instance_id": id}
			for i := 0; i < len(more); i += 2 {
				config[more[i].(string)] = more[i+1]
			}
			errors := protocol.Errors(l.PlanAction(kind, config))
			if len(errors) != 1 || errors[0].Attribute != "instance_id" || !strings.Contains(errors[0].Text, text) {
				t.Errorf("%s of %q: %v", kind, id, errors)
			}
		}
	}
	l.counted(map[string]int{"ResetVM_Task": 0, "RebootGuest": 0, "PowerOffVM_Task": 0, "ShutdownGuest": 0, "RelocateVM_Task": 0,
		"ReconfigVM_Task": 0, "CreateSnapshot_Task": 0})
}

// TestActionReboot: softly by the guest, hard by a reset, and by a reset too where VMware Tools do not run. What does not run is refused.
func TestActionReboot(t *testing.T) {
	t.Parallel()
	l := newLab(t, vcsim.Options{})
	web, vm := l.made("web")
	l.ResetCalls()
	if text := l.done(reboot, id(web)); !strings.Contains(text, "was asked to restart") {
		t.Error(text)
	}
	l.counted(map[string]int{"RebootGuest": 1, "ResetVM_Task": 0, "ReconfigVM_Task": 0})
	l.ResetCalls()
	if text := l.done(reboot, id(web, "type", "hard")); !strings.Contains(text, "web is reset") {
		t.Error(text)
	}
	l.counted(map[string]int{"RebootGuest": 0, "ResetVM_Task": 1, "FindByUuid": 2, "PowerOffVM_Task": 0}) // at plan, and again when invoked
	if plan := l.next(web, server("web", nil)); plan.Action != protocol.Nothing {
		t.Errorf("the next plan: %s %v", plan.Action, plan.Diagnostics)
	}
	l.refused(reboot, id(web, "type", "hard", "graceful_timeout", 5), "graceful_timeout", "asks no guest")

	l.silence(vm.Self)
	l.ResetCalls()
	if text := l.done(reboot, id(web)); !strings.Contains(text, "VMware Tools do not run") {
		t.Error(text)
	}
	l.counted(map[string]int{"RebootGuest": 0, "ResetVM_Task": 1})
	l.done(power, id(web, "state", "shutoff"))
	l.refused(reboot, id(web), "instance_id", "web is shutoff", "start it instead")
}

// silence has a VM run without VMware Tools from its next start on, and starts it anew.
func (l *lab) silence(vm types.ManagedObjectReference) {
	l.t.Helper()
	ctx, machine := context.Background(), object.NewVirtualMachine(l.Client().Client, vm)
	for _, step := range []func() (*object.Task, error){
		func() (*object.Task, error) { return machine.PowerOff(ctx) },
		func() (*object.Task, error) {
			return machine.Reconfigure(ctx, types.VirtualMachineConfigSpec{ExtraConfig: []types.BaseOptionValue{
				&types.OptionValue{Key: vcsim.SilentGuest, Value: "TRUE"}}})
		},
		func() (*object.Task, error) { return machine.PowerOn(ctx) },
	} {
		task, err := step()
		if err == nil {
			err = task.Wait(ctx)
		}
		if err != nil {
			l.t.Fatal(err)
		}
	}
}

// TestActionRebootWaits: with a limit the action waits for a guest that goes down, and never resets it; one that does nothing is reset.
func TestActionRebootWaits(t *testing.T) {
	t.Parallel()
	l := newLab(t, vcsim.Options{})
	web, vm := l.made("web")
	back := l.RestartWhen(vm.Self)
	l.ResetCalls()
	got := l.InvokeWithin(t.Context(), reboot, id(web, "graceful_timeout", 600), func(line string) {
		if strings.Contains(line, "goes down") {
			back()
		}
	})
	if text := strings.Join(got.Progress, "\n"); len(protocol.Errors(got.Said)) > 0 || !strings.Contains(text, "run again") {
		t.Errorf("%v: %s", got.Said, text)
	}
	l.counted(map[string]int{"RebootGuest": 1, "ResetVM_Task": 0})

	l.RestartNever(vm.Self)
	l.ResetCalls()
	if text := l.done(reboot, id(web, "graceful_timeout", 1)); !strings.Contains(text, "has not begun to restart within 1s: it is reset") {
		t.Error(text)
	}
	l.counted(map[string]int{"RebootGuest": 1, "ResetVM_Task": 1})

	l.RestartWhen(vm.Self) // it goes down, and stays there
	l.ResetCalls()
	l.refused(reboot, id(web, "graceful_timeout", 600, "timeout", "3s"), "", "have not come back in time", "Nothing was forced")
	l.counted(map[string]int{"RebootGuest": 1, "ResetVM_Task": 0})
}

// TestActionPower: Nova's verbs, each once however often it is invoked, and what the next plan makes of them.
func TestActionPower(t *testing.T) {
	t.Parallel()
	l := newLab(t, vcsim.Options{})
	web, _ := l.made("web")
	is := func(state types.VirtualMachinePowerState) {
		t.Helper()
		if now := l.VM("OpenStack/web").Runtime.PowerState; now != state {
			t.Fatalf("it is %s, not %s", now, state)
		}
	}
	l.ResetCalls()
	if text := l.done(power, id(web, "state", "shutoff")); !strings.Contains(text, "asked to shut itself down, and is powered off after "+
		"1m0s") {
		t.Error(text)
	}
	is(types.VirtualMachinePowerStatePoweredOff)
	if text := l.done(power, id(web, "state", "shutoff")); text != "web is shutoff already" {
		t.Error(text)
	}
	l.counted(map[string]int{"ShutdownGuest": 1, "PowerOffVM_Task": 0})
	plan := l.next(web, server("web", map[string]any{"power_state": "active"}))
	if plan.Action != protocol.Update || plan.Text("power_state") != "active" {
		t.Errorf("the next plan: %s, %s", plan.Action, plan.Text("power_state"))
	}
	l.refused(power, id(web, "state", "suspended"), "state", "only a running instance can be suspended")
	l.done(power, id(web, "state", "active"))
	is(types.VirtualMachinePowerStatePoweredOn)
	l.done(power, id(web, "state", "suspended"))
	is(types.VirtualMachinePowerStateSuspended)
	if text := l.done(power, id(web, "state", "active")); text != "web is resumed" {
		t.Error(text)
	}
	is(types.VirtualMachinePowerStatePoweredOn)
	l.ResetCalls()
	l.done(power, id(web, "state", "shutoff", "graceful_timeout", 0))
	l.counted(map[string]int{"ShutdownGuest": 0, "PowerOffVM_Task": 1, "ReconfigVM_Task": 0})
	for state, text := range map[string]string{"paused": "vSphere has no pause", "off": "is none of"} {
		l.refused(power, id(web, "state", state), "state", text)
	}
	l.refused(power, id(web, "state", "active", "graceful_timeout", 5), "graceful_timeout", "for state = \"shutoff\" only")
	l.refused(power, id(web, "state", "active", "timeout", "soon"), "timeout", "no duration above zero")
	l.refused(power, id(web, "state", "active", "graceful_timeout", 1.5), "graceful_timeout", "whole number")
}

// TestActionInterrupted: an interrupt ends an action that waits for another task on the VM, and nothing is done to the VM.
func TestActionInterrupted(t *testing.T) {
	t.Parallel()
	for name, how := range map[string]func(l *lab, cancel func()){
		"by Terraform": func(l *lab, _ func()) { l.Stop() },
		"by the call":  func(_ *lab, cancel func()) { cancel() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, vcsim.Options{})
			web, vm := l.made("web")
			release := l.Hold(vm.Self, vcsim.Busy)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			got := l.InvokeWithin(ctx, power, id(web, "state", "shutoff"), func(line string) {
				if strings.Contains(line, "asked to shut itself down") {
					how(l, cancel)
				}
			})
			release()
			if errors := protocol.Errors(got.Said); len(errors) != 1 || !got.Ended {
				t.Errorf("%v, ended: %t", got.Said, got.Ended)
			}
			if now := l.VM("OpenStack/web").Runtime.PowerState; now != types.VirtualMachinePowerStatePoweredOn {
				t.Errorf("it is %s", now)
			}
		})
	}
}

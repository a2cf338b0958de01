// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// killAt starts to make an instance and is killed at a call, which does not reach the vCenter.
func killAt(t *testing.T, vc *acctest.VCenter, call string, instance map[string]any) {
	t.Helper()
	reached, over := make(chan struct{}), make(chan struct{})
	var once sync.Once
	wire := vc.Between(t, func(c acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if !strings.HasPrefix(c.Name, call) {
			return nil
		}
		once.Do(func() { close(reached) })
		<-over
		return acctest.Refusal("RuntimeFault")
	})
	p := vc.Provider(t, map[string]any{"vsphere_server": wire.Server, "ca_file": wire.CAFile, "security_groups": "dvs"})
	plan := p.Plan(kindOfInstance, instance, protocol.Object{})
	if errors := plan.Errors(); len(errors) > 0 {
		t.Fatal(errors)
	}
	ended := make(chan struct{})
	go func() { defer close(ended); p.Apply(plan) }()
	t.Cleanup(func() { close(over); <-ended })
	select {
	case <-reached:
	case <-ended:
		t.Fatal("it ended before " + call)
	}
}

const kindOfInstance = "novasphere_compute_instance"

// drivesOf returns the ISO images in a VM's drives.
func drivesOf(vc *acctest.VCenter, path string) (files []string) {
	for _, device := range vc.VM(path).Config.Hardware.Device {
		if iso, ok := device.GetVirtualDevice().Backing.(*types.VirtualCdromIsoBackingInfo); ok {
			files = append(files, iso.FileName)
		}
	}
	return files
}

// TestAccUnfinished: a creation was killed between its clone and the first start. The error about its name reports that, and the plan
// does once it is imported; the apply completes it before the VM starts.
func TestAccUnfinished(t *testing.T) {
	t.Parallel()
	for _, state := range []string{"active", "shutoff"} {
		t.Run(state, func(t *testing.T) {
			t.Parallel()
			vc := acctest.Start(t, vcsim.Options{})
			p := vc.Provider(t, nil)
			flavor := p.Bring("novasphere_compute_flavor", map[string]any{"name": "m1.small", "vcpus": 1, "ram": 512, "disk": 20,
				"extra_specs": map[string]any{"vmware:hw_version": "vmx-21"}}, protocol.Object{})
			instance := map[string]any{"name": "web", "flavor_id": flavor.Text("id"), "image_name": "debian-12", "wait_for_ip": "0s",
				"config_drive": true, "power_state": state, "user_data": "#cloud-config", "metadata": map[string]any{"role": "db"},
				"network": []any{map[string]any{"name": "public"}}}
			killAt(t, vc, "PUT", instance)
			id := vc.VM("OpenStack/web").Config.InstanceUuid
			plan := p.Plan(kindOfInstance, instance, protocol.Object{})
			if reported := fmt.Sprint(plan.Errors()); !strings.Contains(reported, "its creation was not finished") ||
				!strings.Contains(reported, id) {
				t.Errorf("the name is met with %v", reported)
			}
			found, reported := p.Import(kindOfInstance, id)
			if len(protocol.Errors(reported)) > 0 || !found.Attributes()["config_drive"].Equal(tftypes.NewValue(tftypes.Bool, false)) {
				t.Fatalf("imported is %s, %v", found.State, reported)
			}
			vc.ResetCalls()
			plan = p.Plan(kindOfInstance, instance, found)
			if plan.Action != protocol.Update || !strings.Contains(fmt.Sprint(plan.Diagnostics), "was not finished") {
				t.Fatalf("the plan is to %s: %v", plan.Action, plan.Diagnostics)
			}
			web, reported := p.Apply(plan)
			if len(reported) > 0 || !web.Attributes()["config_drive"].Equal(tftypes.NewValue(tftypes.Bool, true)) {
				t.Errorf("%s: %v", web.State, reported)
			}
			vm, keys := vc.VM("OpenStack/web"), acctest.Extra(vc.VM("OpenStack/web"))
			want := map[string]any{"id": id, "drives": 1, "unfinished": "", "version": "vmx-21", "on": state == "active",
				"starts": map[string]int{"active": 1}[state]}
			if err := differ(map[string]any{"id": vm.Config.InstanceUuid, "drives": len(drivesOf(vc, "OpenStack/web")),
				"unfinished": keys["novasphere.unfinished"], "version": vm.Config.Version,
				"on": vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn, "starts": vc.Calls()["PowerOnVM_Task"]}, want); err != nil {
				t.Error(err)
			}
			if iso := vc.ReadFile(drivesOf(vc, "OpenStack/web")[0]); !strings.Contains(string(iso), id) ||
				!strings.Contains(string(iso), "#cloud-config") {
				t.Error("the config drive does not hold the instance's metadata and user data")
			}
			web, _ = p.Read(web)
			if again := p.Plan(kindOfInstance, instance, web); again.Action != protocol.Nothing {
				t.Errorf("the next plan is to %s", again.Action)
			}
		})
	}
}

// TestAccUnfinishedPassword: an unfinished instance gets the administrator's password, the user data and the file that only its
// configuration holds, and the state holds none of them.
func TestAccUnfinishedPassword(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	p := vc.Provider(t, nil)
	flavor := p.Bring("novasphere_compute_flavor", map[string]any{"name": "m1.small", "vcpus": 1, "ram": 512, "disk": 0}, protocol.Object{})
	instance := map[string]any{"name": "web", "flavor_id": flavor.Text("id"), "image_name": "windows-2022", "wait_for_ip": "0s",
		"config_drive": true, "admin_pass_wo": "Secret-2", "admin_pass_wo_version": 1, "user_data_wo": "#cloud-config\n# Secret-3",
		"user_data_wo_version": 1, "personality": []any{map[string]any{"file": "/a", "content_wo": "Secret-4", "content_wo_version": 1}},
		"network": []any{map[string]any{"name": "public"}}}
	killAt(t, vc, "PUT", instance)
	found, reported := p.Import(kindOfInstance, vc.VM("OpenStack/web").Config.InstanceUuid)
	if len(protocol.Errors(reported)) > 0 {
		t.Fatal(reported)
	}
	web, reported := p.Apply(p.Plan(kindOfInstance, instance, found))
	if len(protocol.Errors(reported)) > 0 || strings.Contains(fmt.Sprint(web.State)+string(web.Private), "Secret-") {
		t.Fatalf("%v, %s", reported, web.State)
	}
	drives := drivesOf(vc, "OpenStack/web")
	for _, secret := range []string{"Secret-2", "Secret-3", "Secret-4"} {
		if len(drives) != 1 || !strings.Contains(string(vc.ReadFile(drives[0])), secret) {
			t.Errorf("the guest is not told %s by %v", secret, drives)
		}
	}
}

// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// idOf returns the id of the VM web, for an import.
func idOf(vc *acctest.VCenter) resource.ImportStateIdFunc {
	return func(*terraform.State) (string, error) { return vc.VM("OpenStack/web").Config.InstanceUuid, nil }
}

// vendorData returns the guest's vendor data.
func vendorData(vm mo.VirtualMachine) (string, error) {
	raw, err := base64.StdEncoding.DecodeString(acctest.Extra(vm)["guestinfo.vendordata"])
	if err != nil {
		return "", err
	}
	packed, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(packed)
	return string(text), err
}

// whole returns a VM's extraConfig as the vCenter shows it, in one text.
func whole(vm mo.VirtualMachine) string {
	vendor, _ := vendorData(vm)
	return fmt.Sprint(acctest.Extra(vm), vendor)
}

// TestAccInstancePasswordAndPersonality: a Linux guest gets a hash of its administrator's password, from either argument, and files.
func TestAccInstancePasswordAndPersonality(t *testing.T) {
	t.Parallel()
	vc, recorder, same := acctest.Start(t, vcsim.Options{}), &protocol.Recorder{}, &identity{}
	config := func(password, motd string) string {
		return vc.Config("", plain(`name = "web"
  `+password+`
  personality {
    file    = "/etc/motd"
    content = "`+motd+`"
  }`))
	}
	const argument, writeOnly = `admin_pass = "Secret-1"`, "admin_pass_wo = \"Secret-2\"\n  admin_pass_wo_version = 1"
	told := on(vc, "OpenStack/web", func(vm mo.VirtualMachine) error {
		vendor, err := vendorData(vm)
		if err != nil {
			return err
		}
		if !strings.HasPrefix(vendor, "#cloud-config\n") || !strings.Contains(vendor, `"name":"root"`) ||
			!strings.Contains(vendor, `"password":"$6$`) ||
			!strings.Contains(vendor, `"path":"/etc/motd"`) || !strings.Contains(vendor, base64.StdEncoding.EncodeToString([]byte("hello"))) {
			return fmt.Errorf("the guest is told %s", vendor)
		}
		if text := whole(vm); strings.Contains(text, "Secret-") {
			return fmt.Errorf("the password is in the vCenter: %s", text)
		}
		return nil
	})
	secret := func(s *terraform.State) error {
		for _, r := range s.RootModule().Resources {
			if text := fmt.Sprint(r.Primary.Attributes); strings.Contains(text, "Secret-2") {
				return fmt.Errorf("the write-only password is in the state: %s", text)
			}
		}
		return nil
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: recorder.Factories(acctest.Factories),
		CheckDestroy:             destroyed(vc),
		Steps: []resource.TestStep{
			{Config: config(argument+"\n  "+writeOnly, "hello"), ExpectError: says("admin_pass")},
			{Config: config(argument, "hello"), Check: resource.ComposeTestCheckFunc(told, on(vc, "OpenStack/web", same.of))},
			{Config: config(argument, "hello"), PlanOnly: true},
			{PreConfig: recorder.Reset, Config: config(strings.Replace(argument, "1", "3", 1), "hello"), ConfigPlanChecks: action(it, updated),
				Check: resource.ComposeTestCheckFunc(told, on(vc, "OpenStack/web", same.of),
					acctest.Check(func() error {
						return recorder.ExpectWarning("plan", "The password in the guest stays as it is: admin_pass")
					}))},
			replaced(config(argument, "goodbye")),
			{Config: vc.Config("", "")},
			{PreConfig: func() { *same = identity{} }, Config: config(writeOnly, "hello"),
				Check: resource.ComposeTestCheckFunc(told, secret, on(vc, "OpenStack/web", same.of))},
			{Config: config(writeOnly, "hello"), PlanOnly: true},
			{Config: config(strings.Replace(writeOnly, "= 1", "= 2", 1), "hello"), ConfigPlanChecks: action(it, updated),
				Check: on(vc, "OpenStack/web", same.of)},
			{ResourceName: it, ImportState: true, ImportStateVerify: true,
				ImportStateVerifyIgnore: []string{"flavor_id", "image_id", "wait_for_ip", "admin_pass_wo_version", "personality"}},
		},
	})
}

// TestAccInstanceConfigDrive: a config drive is an ISO image in the VM's own folder. It exists before the first start, and goes with the
// VM.
func TestAccInstanceConfigDrive(t *testing.T) {
	t.Parallel()
	vc, same := acctest.Start(t, vcsim.Options{}), &identity{}
	config := func(arguments string) string {
		return vc.Config("", plain("name = \"web\"\n  network { name = \"public\" }\n"+arguments))
	}
	const drive = "  config_drive = true\n  user_data = \"#cloud-config\"\n  metadata = { role = \"db\" }\n"
	attached := on(vc, "OpenStack/web", func(vm mo.VirtualMachine) error {
		home, _, _ := strings.Cut(vm.Config.Files.VmPathName, "/")
		for _, device := range vm.Config.Hardware.Device {
			cd, ok := device.(*types.VirtualCdrom)
			if !ok {
				continue
			}
			backing, ok := cd.Backing.(*types.VirtualCdromIsoBackingInfo)
			if !ok || backing.FileName != home+"/configdrive.iso" || !cd.Connectable.StartConnected {
				return fmt.Errorf("the CD-ROM holds %+v", cd.Backing)
			}
			iso := string(vc.ReadFile(backing.FileName))
			for _, part := range []string{"CD001", "config-2", vm.Config.InstanceUuid, cardsOf(vm)[0].MacAddress, "#cloud-config", `"role":"db"`,
				`"availability_zone":"nova"`} {
				if !strings.Contains(iso, part) {
					return fmt.Errorf("the image lacks %s", part)
				}
			}
			return differ(map[string]any{"power": string(vm.Runtime.PowerState)}, map[string]any{"power": "poweredOn"})
		}
		return fmt.Errorf("no CD-ROM")
	})
	few := acctest.Check(func() error {
		calls := vc.Calls() // the second and third record the tag of the flavor's first instance
		if calls["CloneVM_Task"] != 1 || calls["ReconfigVM_Task"] != 3 || calls["PowerOnVM_Task"] != 1 {
			return fmt.Errorf("clones, reconfigures, starts: %d, %d, %d; not 1, 3, 1", calls["CloneVM_Task"], calls["ReconfigVM_Task"],
				calls["PowerOnVM_Task"])
		}
		return nil
	})
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		CheckDestroy:             destroyed(vc),
		Steps: []resource.TestStep{
			// the catalogue is made with the flavor
			{Config: vc.Config("", strings.Split(plain(""), "resource \"novasphere_compute_instance\"")[0])},
			{PreConfig: vc.ResetCalls, Config: config(drive), Check: resource.ComposeTestCheckFunc(attached, few, on(vc, "OpenStack/web", same.of))},
			{Config: config(drive), PlanOnly: true},
			{ResourceName: it, ImportState: true, ImportStateVerify: true,
				ImportStateVerifyIgnore: []string{"flavor_id", "image_id", "wait_for_ip"}},
			{Config: config(strings.Replace(drive, "#cloud-config", "#other", 1) + "  user_data_replace_on_change = false\n"),
				ExpectError: says("user_data: it cannot be changed in place: web has a config drive, which is written once")},
			replaced(config(strings.Replace(drive, "true", "false", 1))),
		},
	})
	nothingLeft(t, vc)
}

// TestAccInstanceUserDataInPlace: new user data reaches a running VM where the configuration chooses so.
func TestAccInstanceUserDataInPlace(t *testing.T) {
	t.Parallel()
	vc, same := acctest.Start(t, vcsim.Options{}), &identity{}
	config := func(data, replace string) string {
		return vc.Config("", plain(fmt.Sprintf("name = \"web\"\n  user_data = %q\n  user_data_replace_on_change = %s\n", data, replace)))
	}
	has := func(data string) resource.TestCheckFunc {
		return on(vc, "OpenStack/web", func(vm mo.VirtualMachine) error {
			raw, err := base64.StdEncoding.DecodeString(acctest.Extra(vm)["guestinfo.userdata"])
			if err != nil {
				return err
			}
			packed, err := gzip.NewReader(bytes.NewReader(raw))
			if err != nil {
				return err
			}
			text, err := io.ReadAll(packed)
			if err != nil || string(text) != data {
				return fmt.Errorf("the guest is told %q, not %q (%v)", text, data, err)
			}
			return same.of(vm)
		})
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: config("#one", "false"), Check: has("#one")},
			{Config: config("#two", "false"), ConfigPlanChecks: action(it, updated), Check: has("#two")},
			{ResourceName: it, ImportState: true, ImportStateVerify: true,
				ImportStateVerifyIgnore: []string{"flavor_id", "image_id", "wait_for_ip", "user_data_replace_on_change"}},
			replaced(config("#three", "true")),
		},
	})
}

// TestAccInstanceWaitsForCloudInit: the guest announces cloud-init's end and status. Nothing else that it writes is believed or counts as
// drift.
func TestAccInstanceWaitsForCloudInit(t *testing.T) {
	t.Parallel()
	vc, recorder, same := acctest.Start(t, vcsim.Options{}), &protocol.Recorder{}, &identity{}
	config := func(name, wait string) string {
		return vc.Config("", plain(fmt.Sprintf("name = %q\n  wait_for_cloud_init = %q\n  user_data = \"#cloud-config\"\n", name, wait)))
	}
	template := func(values map[string]string) func() {
		return func() {
			recorder.Reset()
			edited(t, vc, "images/debian-12", func() { setExtra(t, vc, "images/debian-12", values) })
		}
	}
	heard := func(text string) resource.TestCheckFunc {
		return acctest.Check(func() error {
			if text == "" {
				if all := recorder.Warnings("apply", "cloud-init"); len(all) > 0 {
					return fmt.Errorf("warnings: %v", all)
				}
				return nil
			}
			return recorder.ExpectWarning("apply", text)
		})
	}
	forged := map[string]string{"guestinfo.novasphere.server": "{}", "guestinfo.novasphere.mark": "{}", "guestinfo.userdata": "---",
		"guestinfo.metadata": "---", "guestinfo.novasphere.cloud-init": "hacked"}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: recorder.Factories(acctest.Factories),
		Steps: []resource.TestStep{
			{Config: config("db", "soon"), ExpectError: says(`wait_for_cloud_init: "soon" is not a duration`)},
			{Config: config("web", "30s"), Check: resource.ComposeTestCheckFunc(heard(""), on(vc, "OpenStack/web", same.of),
				on(vc, "OpenStack/web", func(vm mo.VirtualMachine) error {
					return differ(map[string]any{"status": acctest.Extra(vm)["guestinfo.novasphere.cloud-init"]}, map[string]any{"status": "done"})
				}))},
			imported,
			{PreConfig: func() { setExtra(t, vc, "OpenStack/web", forged) }, Config: config("web", "30s"), PlanOnly: true},
			{Config: config("web", "30s"), Check: on(vc, "OpenStack/web", same.of)},
			{Config: vc.Config("", "")},
			{PreConfig: template(map[string]string{vcsim.CloudInitStatus: "error"}), Config: config("db", "30s"),
				Check: heard(`cloud-init in db has failed: It ended with status "error".`)},
			{Config: vc.Config("", "")},
			{PreConfig: template(map[string]string{vcsim.SilentGuest: "TRUE"}),
				Config: strings.Replace(config("db", "1s"), "wait_for_cloud_init", "wait_for_ip = \"0s\"\n  wait_for_cloud_init", 1),
				Check:  heard("cloud-init in db has not ended yet: The guest has not said within 1s")},
		},
	})
}

// TestUserDataThatAsksForMetadata: a script that would call OpenStack's metadata service is warned of once, while the instance is new.
func TestUserDataThatAsksForMetadata(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	little(vc.Provider(t, nil))
	for data, warned := range map[string]bool{"#!/bin/sh\ncurl http://169.254.169.254/openstack": true, "#!/bin/sh\ntrue": false} {
		heard, _ := planned(t, vc, instanceKind, wish(map[string]any{"user_data": data}))
		if reported := fmt.Sprint(heard); strings.Contains(reported, "a vCenter serves none") != warned {
			t.Errorf("%s: %s", data, reported)
		}
	}
}

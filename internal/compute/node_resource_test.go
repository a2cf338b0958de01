// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/license"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

const esxNode = "novasphere_compute_node.it"

// esx returns a compute node's block, with a password that no state holds.
func esx(name, arguments string) string {
	return fmt.Sprintf("resource \"novasphere_compute_node\" %q {\n  hostname = %q\n  cluster = \"compute\"\n  password_wo = %q\n%s\n}\n",
		"it", name, vcsim.HostPassword, arguments)
}

// trusted is esx with the host's real thumbprint.
func trusted(name, arguments string) string {
	return esx(name, fmt.Sprintf("thumbprint = %q\n", vcsim.HostThumbprint(name))+arguments)
}

func onSwitch(name string, adapters ...string) string {
	quoted, _ := json.Marshal(adapters) // a list of words
	return fmt.Sprintf("distributed_switch {\n  switch = %q\n  adapters = %s\n}\n", name, quoted)
}

// untoldPassword checks that the state has no password.
func untoldPassword(s *terraform.State) error {
	for key, value := range s.RootModule().Resources[esxNode].Primary.Attributes {
		if value == vcsim.HostPassword {
			return fmt.Errorf("%s is the password", key)
		}
	}
	return nil
}

func TestAccComputeNode(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	secondSwitch(t, vc)
	is := resource.TestCheckResourceAttr
	config := func(arguments string) string { return vc.Config("", trusted("esx-9", arguments)) }
	refused := func(config, text string) resource.TestStep {
		return resource.TestStep{Config: vc.Config("", config), PlanOnly: true, ExpectError: says(text)}
	}
	plain, both := onSwitch("dvs-1", "vmnic1")+`tags = ["rack-1"]`, onSwitch("dvs-1", "vmnic1", "vmnic3")+onSwitch("dvs-2", "vmnic2")
	moved := onSwitch("dvs-2", "vmnic1", "vmnic2")
	shown := resource.ComposeAggregateTestCheckFunc(is(esxNode, "state", "up"), is(esxNode, "connection_state", "connected"),
		is(esxNode, "vcpus", "32"), is(esxNode, "memory_mb", "131072"), is(esxNode, "status", "enabled"),
		is(esxNode, "hypervisor_type", "VMware ESXi"), is(esxNode, "hypervisor_version", "8000002"), is(esxNode, "cluster", "compute"),
		is(esxNode, "username", "root"), resource.TestMatchResourceAttr(esxNode, "id", says("host-")),
		uplinks(vc, "esx-9", "dvs-1: vmnic1"), marked(vc, `"tags":["rack-1"]`), marked(vc, `"by":"administrator`), rests(vc, "esx-9", false),
		untoldPassword)
	ignored := []string{"password_wo", "timeouts", "trust_on_first_use", "license_key", "distributed_switch"}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		CheckDestroy:             acctest.Check(func() error { return noHost(vc, "esx-9") }),
		Steps: []resource.TestStep{
			refused(esx("esx-9", ""), "whose thumbprint is "+vcsim.HostThumbprint("esx-9")),
			refused(esx("esx-9", `thumbprint = "`+vcsim.HostThumbprint("esx-8")+`"`), "presents a certificate with the thumbprint"),
			refused(esx("esx-9", `thumbprint = "`+strings.Repeat("AA:", 31)+`AA"`), "must be a SHA-1 thumbprint"),
			refused(trusted("esx-9", `username = "guest"`), "username: the ESX host esx-9 does not let this account in"),
			refused(strings.Replace(trusted("esx-9", ""), "password_wo", "#", 1), "password_wo: the vCenter needs the account"),
			refused(trusted("esx-9", `password = "x"`), "password_wo"),
			refused(trusted("esx-9"+vcsim.Unreachable, ""), "hostname: nobody answers the vCenter under esx-9.invalid"),
			refused(trusted("esx-1", ""), `novasphere_compute_node.ADDRESS`),
			refused(trusted("ESX-1", ""), `in the cluster compute, and this provider did not add it`),
			refused(strings.Replace(trusted("esx-9", ""), `"compute"`, `"compote"`, 1),
				`cluster: no cluster "compote" in datacenter dc1; the nearest names are "compute"`),
			refused(trusted("esx-9", onSwitch("dvs-3")), `distributed_switch: no distributed switch "dvs-3"`),
			refused(trusted("esx-9", onSwitch("dvs-1", "vmnic1")+onSwitch("dvs-2", "vmnic1")), "the adapter vmnic1 is to be an uplink of"),
			refused(trusted("esx-9", `disabled_reason = "why"`), "disabled_reason: the compute node is enabled"),
			{Config: config(plain), ConfigPlanChecks: action(esxNode, created), Check: shown},
			{Config: config(plain), PlanOnly: true},
			{ResourceName: esxNode, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: ignored},
			{ResourceName: esxNode, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: ignored, ImportStateId: "esx-9"},
			refused(trusted("esx-9", onSwitch("dvs-1", "vmnic0")), `the adapter vmnic0 of the ESX host esx-9 carries the vmkernel interface "vmk0"`),
			refused(trusted("esx-9", onSwitch("dvs-1", "vmnic7")), `no physical adapter "vmnic7" in the ESX host esx-9`),
			{Config: config(both), ConfigPlanChecks: action(esxNode, updated),
				Check: resource.ComposeTestCheckFunc(uplinks(vc, "esx-9", "dvs-1: vmnic1 vmnic3", "dvs-2: vmnic2"),
					is(esxNode, "distributed_switch.#", "2"))},
			{Config: config(moved), ConfigPlanChecks: action(esxNode, updated), Check: uplinks(vc, "esx-9", "dvs-2: vmnic1 vmnic2")},
			{Config: config(moved), PlanOnly: true},
			{Config: config(moved + "status = \"disabled\"\ndisabled_reason = \"new memory\""), ConfigPlanChecks: action(esxNode, updated),
				Check: resource.ComposeTestCheckFunc(rests(vc, "esx-9", true), marked(vc, `"disabled_reason":"new memory"`),
					is(esxNode, "status", "disabled"), is(esxNode, "state", "up"))},
			{Config: config(moved), ConfigPlanChecks: action(esxNode, updated),
				Check: resource.ComposeTestCheckFunc(rests(vc, "esx-9", false), marked(vc, `"by":"administrator`))},
			{PreConfig: func() { vanish(t, vc, "esx-9") }, Config: config(""), ConfigPlanChecks: action(esxNode, created),
				Check: uplinks(vc, "esx-9")},
		},
	})
}

// vanish removes a host, as with the vSphere client.
func vanish(t *testing.T, vc *acctest.VCenter, name string) {
	t.Helper()
	retire(t, vc, name)
	h := host(t, vc, name)
	for _, dvs := range []string{"dvs-1", "dvs-2"} {
		found, err := find.NewFinder(vc.Client().Client).Network(t.Context(), "/dc1/network/"+dvs)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(switchMembers(vc, found), h.Reference()) {
			continue
		}
		by(t, func(context.Context) (*object.Task, error) {
			return found.(*object.DistributedVirtualSwitch).Reconfigure(t.Context(),
				&types.DVSConfigSpec{Host: []types.DistributedVirtualSwitchHostMemberConfigSpec{{Operation: "remove", Host: h.Reference()}}})
		})
	}
	by(t, func(context.Context) (*object.Task, error) { return h.Destroy(t.Context()) })
}

// TestAccComputeNodeTrust: a host must be trusted, and the plan shows which one. The state may hold the password; the license must exist
// in the vCenter.
func TestAccComputeNodeTrust(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	const key = "AAAAA-BBBBB-CCCCC-DDDDD-EEEEE"
	config := func(arguments string) string {
		return vc.Config("", fmt.Sprintf("resource \"novasphere_compute_node\" \"it\" {\n  hostname = \"esx-9\"\n  password = %q\n  "+
			"trust_on_first_use = true\n%s\n}\n", vcsim.HostPassword, arguments))
	}
	licensed := acctest.Check(func() error {
		h, err := hostOf(vc, "esx-9")
		if err != nil {
			return err
		}
		manager, err := license.NewManager(vc.Client().Client).AssignmentManager(t.Context())
		if err != nil {
			return err
		}
		all, err := manager.QueryAssigned(t.Context(), h.Self.Value)
		if err != nil || len(all) != 1 || all[0].AssignedLicense.LicenseKey != key {
			return fmt.Errorf("it has the licenses %+v, %w", all, err)
		}
		return nil
	})
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: config(""), Check: resource.ComposeTestCheckFunc(resource.TestCheckResourceAttr(esxNode, "thumbprint",
				vcsim.HostThumbprint("esx-9")), resource.TestCheckResourceAttr(esxNode, "cluster", "compute")),
				ConfigPlanChecks: action(esxNode, created)},
			{Config: config(""), PlanOnly: true},
			{Config: config(`license_key = "` + key + `"`), ExpectError: says("license_key: the vCenter does not assign it to the ESX host esx-9")},
			{PreConfig: func() {
				if _, err := license.NewManager(vc.Client().Client).Add(t.Context(), key, nil); err != nil {
					t.Fatal(err)
				}
			}, Config: config(`license_key = "` + key + `"`), Check: licensed, ConfigPlanChecks: action(esxNode, updated)},
			{Config: config(`license_key = "` + key + `"`), PlanOnly: true},
		},
	})
}

// TestAccComputeNodeLost: a host that does not respond is shown as down, keeps its place, and is reconnected when it gets another
// password.
func TestAccComputeNodeLost(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	is := resource.TestCheckResourceAttr
	config := func(arguments string) string {
		return vc.Config("", trusted("esx-9", onSwitch("dvs-1", "vmnic1")+arguments)+
			"output \"state\" {\n  value = novasphere_compute_node.it.state\n}\n")
	}
	lose := func() {
		by(t, func(context.Context) (*object.Task, error) { return host(t, vc, "esx-9").Disconnect(t.Context()) })
	}
	id := ""
	same := func(s *terraform.State) error {
		now := s.RootModule().Resources[esxNode].Primary.ID
		if id == "" {
			id = now
		}
		if now != id {
			return fmt.Errorf("%s became %s", id, now)
		}
		return nil
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		CheckDestroy:             acctest.Check(func() error { return noHost(vc, "esx-9") }),
		Steps: []resource.TestStep{
			{Config: config(""), Check: resource.ComposeTestCheckFunc(is(esxNode, "state", "up"), same)},
			{PreConfig: lose, Config: config(""), ConfigPlanChecks: action(esxNode, plancheck.ResourceActionNoop),
				Check: resource.ComposeTestCheckFunc(is(esxNode, "state", "down"), is(esxNode, "connection_state", "disconnected"), same)},
			{Config: config(""), PlanOnly: true},
			{Config: config(`status = "disabled"`), ExpectError: says("status: the ESX host esx-9 is disconnected")},
			{Config: config("password_wo_version = 2"), ConfigPlanChecks: action(esxNode, updated),
				Check: resource.ComposeTestCheckFunc(is(esxNode, "state", "up"), same)},
			{PreConfig: lose, Config: config("password_wo_version = 2"), Check: is(esxNode, "state", "down")}, // and is still removed
		},
	})
}

// TestAccComputeNodeSwitchVersion: two hosts and another client change the members of one switch at the same time.
func TestAccComputeNodeSwitchVersion(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	var refusals atomic.Int32
	wire := vc.Between(t, func(c acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if c.Name == "ReconfigureDvs_Task" && refusals.Add(1) == 1 {
			return acctest.Refusal("ConcurrentAccess")
		}
		return nil
	})
	nodes := fmt.Sprintf("variable \"secret\" {\n  default = %q\n}\nresource \"novasphere_compute_node\" \"it\" {\n  count = 3\n  hostname "+
		"= \"esx-1${count.index}\"\n  password_wo = var.secret\n  trust_on_first_use = true\n%s}\n", vcsim.HostPassword,
		onSwitch("dvs-1", "vmnic1"))
	ws := vc.NewWorkspace(t, wire, nodes)
	ws.Apply()
	ws.PlanIsEmpty()
	for _, name := range []string{"esx-10", "esx-11", "esx-12"} {
		if err := uplinks(vc, name, "dvs-1: vmnic1")(nil); err != nil {
			t.Error(err)
		}
	}
	if n := refusals.Load(); n != 4 {
		t.Errorf("%d changes were sent, not one for each host and one again", n)
	}
	ws.Destroy()
	for _, name := range []string{"esx-10", "esx-11", "esx-12"} {
		if err := noHost(vc, name); err != nil {
			t.Error(err)
		}
	}
}

// TestAccComputeNodeCalls: for any number of added hosts, a plan lists hosts, clusters and switches once, and connects to each host once.
func TestAccComputeNodeCalls(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	wire := vc.Wire(t)
	const many = 12
	nodes := fmt.Sprintf("resource \"novasphere_compute_node\" \"it\" {\n  count = %d\n  hostname = \"esx-1${count.index}\"\n  password = "+
		"%q\n  cluster = \"compute\"\n  trust_on_first_use = true\n%s}\n", many, vcsim.HostPassword, onSwitch("dvs-1", "vmnic1"))
	ws := vc.NewWorkspace(t, wire, nodes)
	wire.Take()
	ws.Must("plan", "-no-color")
	calls, _ := wire.Take()
	// the first attempt shows the thumbprint, the second checks the account
	if all, tries := acctest.Total(calls), calls["QueryConnectionInfo"]; all > 2*many+16 || tries > 2*many {
		t.Errorf("%d calls, %v", all, calls)
	}
}

// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// customizes marks a template as one without cloud-init. An empty kind undoes that.
func customizes(t *testing.T, vc *acctest.VCenter, template, kind string) {
	t.Helper()
	plain := map[bool]string{true: "TRUE"}[kind != ""]
	edited(t, vc, "images/"+template, func() {
		setExtra(t, vc, "images/"+template, map[string]string{"novasphere.image.novasphere_guest_customization": kind, vcsim.PlainGuest: plain})
	})
}

// lab defines a network with subnets of both IP versions, and a port with an address of each.
const lab = `resource "novasphere_networking_network" "lab" {
  name       = "lab"
  dns_domain = "example.org."
  segments { segmentation_id = 100 }
}
resource "novasphere_networking_subnet" "four" {
  network_id      = novasphere_networking_network.lab.id
  cidr            = "10.0.0.0/22"
  dns_nameservers = ["10.0.0.2"]
  host_route {
    destination_cidr = "10.9.0.0/16"
    next_hop         = "10.0.0.3"
  }
}
resource "novasphere_networking_subnet" "six" {
  network_id = novasphere_networking_network.lab.id
  cidr       = "2001:db8::/64"
  ip_version = 6
}
resource "novasphere_networking_port" "one" {
  network_id = novasphere_networking_network.lab.id
  fixed_ip {
    subnet_id  = novasphere_networking_subnet.four.id
    ip_address = "10.0.0.10"
  }
  fixed_ip {
    subnet_id  = novasphere_networking_subnet.six.id
    ip_address = "2001:db8::10"
  }
}
`

// guestHas checks the report of web's guest: its name, and the addresses of each NIC, where * is one from DHCP.
func guestHas(vc *acctest.VCenter, host string, nics ...string) resource.TestCheckFunc {
	return on(vc, "OpenStack/web", func(vm mo.VirtualMachine) error {
		have, want := map[string]any{"host": vm.Guest.HostName, "nics": len(vm.Guest.Net)}, map[string]any{"host": host, "nics": len(nics)}
		for i, n := range vm.Guest.Net {
			var texts []string
			for _, ip := range n.IpConfig.IpAddress {
				texts = append(texts, fmt.Sprintf("%s/%d", ip.IpAddress, ip.PrefixLength))
			}
			key, text := fmt.Sprint("NIC ", i), strings.Join(texts, " ")
			if have[key] = text; i < len(nics) && (nics[i] != "*" || text == "") {
				want[key] = nics[i]
			} else {
				want[key] = text
			}
		}
		return differ(have, want)
	})
}

// untold checks that guestinfo has no network configuration, and still the instance's identity.
func untold(vc *acctest.VCenter) resource.TestCheckFunc {
	return on(vc, "OpenStack/web", func(vm mo.VirtualMachine) error {
		if text := netplan(vm); strings.Contains(text, `"network"`) || !strings.Contains(text, `"hostname":"web"`) {
			return fmt.Errorf("guestinfo says %s", text)
		}
		if info := vm.Guest.CustomizationInfo; info == nil || info.CustomizationStatus != "TOOLSDEPLOYPKG_SUCCEEDED" ||
			vm.Config.Tools.PendingCustomization != "" {
			return fmt.Errorf("customization: %+v", info)
		}
		return nil
	})
}

// TestAccInstanceCustomization: a guest without cloud-init gets the name and addresses of its ports from the clone alone, and does not
// learn of later ones.
func TestAccInstanceCustomization(t *testing.T) {
	t.Parallel()
	vc, recorder, same := acctest.Start(t, vcsim.Options{}), &protocol.Recorder{}, &identity{}
	customizes(t, vc, "debian-12", "linux")
	web := func(blocks string) string {
		return vc.Config("", lab+plain("name = \"web\"\n  user_data = \"#cloud-config\"\n  depends_on = [novasphere_networking_subnet.four, "+
			"novasphere_networking_subnet.six]\n"+blocks))
	}
	const one, public = "  network { port = novasphere_networking_port.one.id }\n", "  network { name = \"public\" }\n"
	is := resource.TestCheckResourceAttr
	heard := func(during, text string) resource.TestCheckFunc {
		return acctest.Check(func() error { return recorder.ExpectWarning(during, text) })
	}
	few := acctest.Check(func() error {
		calls := vc.Calls()
		return differ(map[string]any{"clones": calls["CloneVM_Task"], "starts": calls["PowerOnVM_Task"],
			"customizations": calls["CustomizeVM_Task"]},
			map[string]any{"clones": 1, "starts": 0, "customizations": 0})
	})
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: recorder.Factories(acctest.Factories),
		Steps: []resource.TestStep{
			{Config: vc.Config("", lab+strings.Split(plain(""), "resource \"novasphere_compute_instance\"")[0])},
			{PreConfig: vc.ResetCalls, Config: web(public + one), Check: resource.ComposeTestCheckFunc(few, untold(vc),
				guestHas(vc, "web", "*", "10.0.0.10/22 2001:db8::10/64"),
				is(it, "network.1.fixed_ip_v4", "10.0.0.10"), is(it, "network.1.fixed_ip_v6", "2001:db8::10"), on(vc, "OpenStack/web", same.of),
				on(vc, "OpenStack/web", func(vm mo.VirtualMachine) error {
					dns := vm.Guest.Net[1].DnsConfig
					if dns == nil || !slices.Equal(dns.IpAddress, []string{"10.0.0.2"}) || !slices.Equal(dns.SearchDomain, []string{"example.org"}) {
						return fmt.Errorf("name servers: %+v", dns)
					}
					return nil
				}),
				heard("plan", "Nobody in the guest reads user_data"), heard("apply", "10.9.0.0/16 by 10.0.0.3"))},
			{Config: web(public + one), PlanOnly: true},
			{ResourceName: it, ImportState: true, ImportStateVerify: true, ImportStateIdFunc: idOf(vc),
				ImportStateVerifyIgnore: []string{"flavor_id", "image_id", "wait_for_ip"}},
			{PreConfig: recorder.Reset, Config: web(public + one + "  network {\n    uuid = novasphere_networking_network.lab.id\n    " +
				"fixed_ip_v4 = \"10.0.0.20\"\n  }\n"), ConfigPlanChecks: action(it, updated),
				Check: resource.ComposeTestCheckFunc(on(vc, "OpenStack/web", same.of), untold(vc),
					guestHas(vc, "web", "*", "10.0.0.10/22 2001:db8::10/64", "*"), heard("plan", "The guest is not told of its new NICs"))},
			{Config: vc.Config("", lab+plain("name = \"web\"\n  power_state = \"shutoff\"\n"+one)), ConfigPlanChecks: action(it, remade),
				Check: on(vc, "OpenStack/web", func(vm mo.VirtualMachine) error {
					if vm.Config.Tools.PendingCustomization == "" {
						return fmt.Errorf("nothing waits for the first start")
					}
					return nil
				})},
			{Config: vc.Config("", lab+plain("name = \"web\"\n"+one)), Check: resource.ComposeTestCheckFunc(untold(vc),
				guestHas(vc, "web", "10.0.0.10/22 2001:db8::10/64"))},
		},
		CheckDestroy: destroyed(vc),
	})
}

// TestAccInstanceCustomizationOfInterface: an attached NIC leaves guestinfo unchanged too.
func TestAccInstanceCustomizationOfInterface(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	customizes(t, vc, "debian-12", "linux")
	web := plain("name = \"web\"\n  network { name = \"public\" }")
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{{Config: vc.Config("", lab+web+"resource \"novasphere_compute_interface_attach\" \"it\" {\n  instance_id = "+
			it+".id\n  port_id = novasphere_networking_port.one.id\n}\n"),
			Check: resource.ComposeTestCheckFunc(untold(vc), guestHas(vc, "web", "*", "*"))}},
	})
}

// TestAccInstanceCustomizationStaged: steps that must precede the first start do, and the customization runs at it.
func TestAccInstanceCustomizationStaged(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	customizes(t, vc, "debian-12", "linux")
	few := acctest.Check(func() error {
		calls := vc.Calls() // the second and third record the tag of the flavor's first instance
		return differ(map[string]any{"clones": calls["CloneVM_Task"], "reconfigures": calls["ReconfigVM_Task"], "starts": calls["PowerOnVM_Task"],
			"customizations": calls["CustomizeVM_Task"]},
			map[string]any{"clones": 1, "reconfigures": 3, "starts": 1, "customizations": 0})
	})
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: vc.Config("", lab+strings.Split(plain(""), "resource \"novasphere_compute_instance\"")[0])},
			{PreConfig: vc.ResetCalls, Config: vc.Config("", lab+plain("name = \"web\"\n  config_drive = true\n  network { name = \"public\" }")),
				Check: resource.ComposeTestCheckFunc(few, untold(vc), guestHas(vc, "web", "*"))},
			{Config: vc.Config("", lab+plain("name = \"web\"\n  config_drive = true\n  network { port = novasphere_networking_port.one.id }")),
				Check: untold(vc)},
		},
	})
}

// TestAccInstanceCustomizationWindows: Sysprep gets the password and the port's name, and nothing else gets the password.
func TestAccInstanceCustomizationWindows(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	customizes(t, vc, "windows-2022", "windows")
	var clone string
	wire := vc.Between(t, func(c acctest.Call, _ func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		if c.Name == "CloneVM_Task" {
			clone = string(c.Body)
		}
		return nil
	})
	named := strings.Replace(lab, "\"one\" {", "\"one\" {\n  dns_name = \"db\"", 1)
	config := named + strings.Replace(strings.Replace(plain("name = \"web\"\n  config_drive = true\n  admin_pass_wo = var.secret\n  "+
		"admin_pass_wo_version = 1\n  network { port = novasphere_networking_port.one.id }"), "debian-12", "windows-2022", 1), "disk  = 20",
		"disk  = 0", 1) +
		"variable \"secret\" { ephemeral = true }\n"
	ws := vc.NewWorkspace(t, wire, config, "TF_VAR_secret=Secret-1", "TF_LOG_PROVIDER=TRACE")
	out := ws.Apply()
	for _, part := range []string{"<value>Secret-1</value><plainText>true</plainText>", `type="CustomizationSysprep"`, "<name>db</name>",
		"<joinWorkgroup>WORKGROUP</joinWorkgroup>"} {
		if !strings.Contains(clone, part) {
			t.Errorf("the clone lacks %s: %s", part, clone)
		}
	}
	if err := guestHas(vc, "db", "10.0.0.10/22 2001:db8::10/64")(nil); err != nil {
		t.Error(err)
	}
	vm := vc.VM("OpenStack/web")
	home, _, _ := strings.Cut(vm.Config.Files.VmPathName, "/")
	for where, text := range map[string]string{"the output": out, "the state": ws.Must("show", "-json"), "the vCenter": whole(vm),
		"the config drive": string(vc.ReadFile(home + "/configdrive.iso"))} {
		if text == "" || strings.Contains(text, "Secret-1") {
			t.Errorf("the password is in %s", where)
		}
	}
	ws.PlanIsEmpty()
	ws.Destroy()
}

// TestAccInstanceCustomizationCalls: a customization costs no call.
func TestAccInstanceCustomizationCalls(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	wire := vc.Wire(t)
	more := strings.Split(plain("name = \"web\"\n  network { port = novasphere_networking_port.one.id }"),
		"resource \"novasphere_compute_instance\"")[1]
	base := lab + plain("name = \"other\"\n  wait_for_ip = \"0s\"")
	ws := vc.NewWorkspace(t, wire, base)
	ws.Apply()
	apply := func() map[string]int {
		ws.Configure(base + "resource \"novasphere_compute_instance\"" + strings.Replace(more, `"it"`, `"more"`, 1))
		wire.Take()
		ws.Apply()
		calls, _ := wire.Take()
		ws.Configure(base)
		ws.Apply()
		for name := range calls {
			if strings.HasPrefix(name, "RetrieveProperties") || strings.HasPrefix(name, "ContinueRetrieve") { // their number varies with the polling
				delete(calls, name)
			}
		}
		return calls
	}
	apply() // the network's first booking ends its elastic allocation
	without := apply()
	customizes(t, vc, "debian-12", "linux")
	if with := apply(); without["CloneVM_Task"] != 1 || fmt.Sprint(with) != fmt.Sprint(without) {
		t.Errorf("with a customization %v, without %v", with, without)
	}
	ws.Destroy()
}

// customizationPlan is an instance of an image, and the diagnostics of one severity in its plan, one text each.
type customizationPlan struct {
	image string
	other map[string]any
	level tfprotov6.DiagnosticSeverity
	texts []string
}

func (c customizationPlan) plan(t *testing.T, vc *acctest.VCenter) {
	t.Helper()
	config := wish(c.other)
	config["image_name"] = c.image
	heard, _ := planned(t, vc, "novasphere_compute_instance", config)
	for i, text := range c.texts {
		if !slices.ContainsFunc(heard, func(d protocol.Diagnostic) bool { return d.Severity == c.level && strings.Contains(d.Text, text) }) {
			t.Errorf("%d: not heard %q", i, text)
		}
	}
	if len(heard) != len(c.texts) {
		t.Errorf("heard %v", heard)
	}
}

func customizationPlans() map[string]customizationPlan {
	const warning, failure = tfprotov6.DiagnosticSeverityWarning, tfprotov6.DiagnosticSeverityError
	return map[string]customizationPlan{
		"a bad value": {"wrong", nil, failure, []string{`novasphere_guest_customization: "sysprep" is not one of linux, windows`}},
		"another guest": {"windows", nil, failure, []string{"the guest id of the image windows is otherGuest, for which vSphere refuses " +
			"that"}},
		"a name of digits":  {"linux", map[string]any{"name": "2024"}, failure, []string{"name: no computer name can be made of \"2024\""}},
		"a name of nothing": {"linux", map[string]any{"name": "日本"}, failure, []string{"name: no computer name can be made of"}},
		"nothing wrong":     {"linux", nil, 0, nil},
		"what nobody reads": {"linux", map[string]any{"user_data": "x", "admin_pass": "x", "wait_for_cloud_init": "5m"}, warning,
			[]string{"reads user_data", "reads admin_pass", "reads wait_for_cloud_init"}},
		"Windows's password": {"windows-2022", map[string]any{"flavor_name": "m1.any", "admin_pass": "x"}, 0, nil},
		"no password":        {"windows-2022", map[string]any{"flavor_name": "m1.any"}, warning, []string{"The administrator gets no password"}},
	}
}

// TestAccInstanceCustomizationPlan: what a customization cannot do is refused before anything exists, and arguments without an effect are
// named.
func TestAccInstanceCustomizationPlan(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	for name, properties := range map[string]map[string]string{"wrong": {"novasphere_guest_customization": "sysprep"},
		"linux": {"novasphere_guest_customization": "linux"}, "windows": {"novasphere_guest_customization": "windows"}} {
		imageFor(t, vc, name, properties)
	}
	customizes(t, vc, "windows-2022", "windows")
	cases := customizationPlans()
	test := func(s *terraform.State) error {
		two := map[string]any{"network": []any{map[string]any{"port": s.RootModule().Resources["novasphere_networking_port.two"].Primary.ID}}}
		one := map[string]any{"network": []any{map[string]any{"name": "public"},
			map[string]any{"port": s.RootModule().Resources["novasphere_networking_port.one"].Primary.ID}}}
		cases["two addresses of a version"] = customizationPlan{"linux", two, tfprotov6.DiagnosticSeverityError,
			[]string{"has 2 IPv4 addresses, and vSphere's guest customization gives a NIC one"}}
		cases["one of each"] = customizationPlan{"linux", one, 0, nil}
		for name, c := range cases {
			t.Run(name, func(t *testing.T) { c.plan(t, vc) })
		}
		return nil
	}
	two := `resource "novasphere_networking_port" "two" {
  network_id = novasphere_networking_network.lab.id
  depends_on = [novasphere_networking_port.one] # or it may get its address
  fixed_ip { subnet_id = novasphere_networking_subnet.four.id }
  fixed_ip { subnet_id = novasphere_networking_subnet.four.id }
}
resource "novasphere_compute_flavor" "any" {
  name  = "m1.any"
  vcpus = 2
  ram   = 2048
  disk  = 0
}
`
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps:                    []resource.TestStep{{Config: vc.Config("", lab+two+flavors), Check: test}},
	})
}

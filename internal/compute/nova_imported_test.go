package compute_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/recordings"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// notReplayed are the recordings that leave no machine to import, or one that no vCenter would have made, and why.
var notReplayed = map[string]string{
	"034": "custom shares without a number are refused by a vCenter",
	"043": "it reserves more memory than it has, which a vCenter refuses",
	"064": "its guest id is none, which a vCenter refuses",
	"166": "it is resized to memory that is no multiple of 4 MB, which a vCenter refuses",
}

// left says why a recording leaves no machine; empty: it does.
func left(r recordings.Recording) string {
	if refused := r.Refused(); refused != nil {
		return "Nova refused to make it: " + refused.Message
	}
	if slices.ContainsFunc(r.Steps, func(s recordings.Step) bool { return s.Op == "destroy" }) {
		return "Nova destroyed it"
	}
	return notReplayed[r.Name[:3]]
}

// novaMachine is a machine that Nova made, and what its user knows of it.
type novaMachine struct {
	acctest.Replayed
	recordings.Recording
	is mo.VirtualMachine
}

// address is its resource's.
func (m novaMachine) address() string { return "i" + strings.ReplaceAll(m.ID[len(m.ID)-6:], "-", "") }

// flavor is the one that it had last.
func (m novaMachine) flavor() openstack.Flavor {
	f := m.FlavorAt(0)
	f.Name += "-" + m.Name[:3]
	return f
}

// config is the instance as its user had it with OpenStack.
func (m novaMachine) config(t *testing.T, number int) string {
	out, extra := &strings.Builder{}, acctest.Extra(m.is)
	name := "test-vm"
	if given, said := m.Input.Instance["display_name"]; said {
		if name, _ = given.(string); name == "" {
			name = m.ID
		}
	}
	if strings.HasSuffix(m.Path, "second ("+m.ID+")") {
		name = "second"
	}
	fmt.Fprintf(out, "resource \"novasphere_compute_instance\" %q {\n  name = %q\n  flavor_name = %q\n  key_pair = \"anna\"\n  user_data = "+
		"\"#cloud-config\"\n  metadata = { role = \"web\" }\n", m.address(), name, m.flavor().Name)
	fmt.Fprintf(out, "  tags = [\"a\"]\n  security_groups = [\"default\"]\n")
	switch {
	case m.Input.BlockDevice != nil: // from a volume
	case number%2 == 0:
		out.WriteString("  image_id = \"b0000000-0000-4000-8000-000000000001\"\n")
	default:
		out.WriteString("  image_name = \"what Glance calls it\"\n")
	}
	if m.Input.Instance["config_drive"] != nil {
		out.WriteString("  config_drive = true\n")
	}
	if m.is.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOff {
		out.WriteString("  power_state = \"shutoff\"\n")
	}
	if number%4 == 1 {
		out.WriteString("  region = \"RegionOne\"\n  force_delete = true\n  admin_pass = \"s3cret\"\n  description = \"of Nova\"\n")
	}
	if number%5 == 0 {
		out.WriteString("  availability_zone = \"nova\"\n")
	}
	ports := []string{}
	for _, key := range slices.Sorted(maps.Keys(extra)) {
		if strings.HasPrefix(key, "nvp.iface-id.") && extra[key] != "free" {
			ports = append(ports, extra[key])
		}
	}
	for i, card := range cardsOf(m.is) {
		switch b := card.Backing.(type) {
		case *types.VirtualEthernetCardOpaqueNetworkBackingInfo:
			fmt.Fprintf(out, "  network { uuid = %q }\n", b.OpaqueNetworkId)
		case *types.VirtualEthernetCardDistributedVirtualPortBackingInfo:
			switch number % 3 {
			case 0:
				fmt.Fprintf(out, "  network { port = %q }\n", ports[i])
			case 1:
				fmt.Fprintf(out, "  network { uuid = %q }\n", b.Port.PortgroupKey)
			default:
				fmt.Fprintf(out, "  network { name = %q }\n", networkNames[b.Port.PortgroupKey])
			}
		default:
			t.Fatalf("%s has a NIC on %T", m.Name, b)
		}
	}
	id := []string{m.ID, "/dc1/vm/" + strings.NewReplacer("%", "%25", `\`, "%5c").Replace(m.Path), m.VM.Reference().Value}[number%3]
	if strings.Contains(name, "/") { // its path has more slashes than it seems
		id = m.ID
	}
	return out.String() + "}\nimport {\n  to = novasphere_compute_instance." + m.address() + "\n  id = \"" + id + "\"\n}\n"
}

// networkNames are the portgroups' by their keys.
var networkNames = map[string]string{}

// replayAll makes every machine.
func replayAll(t *testing.T, vc *acctest.VCenter) (all []novaMachine) {
	t.Helper()
	for _, name := range []string{"public", "private", "nsx-segment"} {
		networkNames[vc.Portgroup(name).Key] = name
	}
	r := vc.Replayer(t)
	for _, rec := range recordings.Condensed(t) {
		if left(rec) != "" {
			continue
		}
		made, err := r.Replay(rec, 0)
		if err != nil {
			t.Errorf("%s cannot be replayed, and is not in the table of those that are not: %s", rec.Name, err)
			continue
		}
		if len(made) == 0 {
			t.Errorf("%s leaves no machine, and is not in the table of those that do not", rec.Name)
		}
		for _, vm := range made {
			var is mo.VirtualMachine
			if err := vm.VM.Properties(context.Background(), vm.VM.Reference(), nil, &is); err != nil {
				t.Fatal(err)
			}
			all = append(all, novaMachine{vm, rec, is})
		}
	}
	return all
}

// reads are the calls that change nothing in a vCenter.
var reads = []string{"GET /sdk/vimServiceVersions.xml", "Login", "Logout", "RetrieveServiceContent", "RetrievePropertiesEx",
	"ContinueRetrievePropertiesEx", "FindByUuid", "FindByInventoryPath", "SessionIsActive", "CurrentTime"}

// changing are the calls over a wire that may change something.
func changing(calls map[string]int) (out []string) {
	for call := range calls {
		name, _, _ := strings.Cut(call, " of ")
		if !slices.Contains(reads, name) {
			out = append(out, call)
		}
	}
	return out
}

// Every machine that Nova's own driver was recorded to make is imported with the configuration that its user had with OpenStack, and
// not touched. The first real change records what is written.
func TestAccNovaImported(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	all := replayAll(t, vc)
	if len(all) < 90 || t.Failed() {
		t.Fatalf("%d machines are replayed", len(all))
	}
	wire := vc.Wire(t)
	head := fmt.Sprintf("provider \"novasphere\" {\n  vsphere_server = %q\n  user = %q\n  password = %q\n  ca_file = %q\n}\n", wire.Server,
		vc.User, vc.Password, wire.CAFile) +
		keyPair("anna", "anna", fmt.Sprintf("%q", publicKey))
	head += flavorsOf(all)
	instances := ""
	for i, m := range all {
		instances += m.config(t, i)
	}
	versions := func() map[string]string {
		out := map[string]string{}
		for _, m := range all {
			out[m.ID] = vc.Properties([]*object.VirtualMachine{m.VM})[0].Config.ChangeVersion
		}
		return out
	}
	before := versions()
	untouched := acctest.Check(func() error {
		calls, _ := wire.Take()
		if found := changing(calls); len(found) > 0 {
			return fmt.Errorf("the import sent %v", found)
		}
		if now := versions(); !maps.Equal(now, before) {
			return fmt.Errorf("machines have changed: %v, %v", before, now)
		}
		return nil
	})
	empty := []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}
	// with everything: config drive, ephemeral and swap disk, two NICs
	at := slices.IndexFunc(all, func(m novaMachine) bool { return m.Name[:3] == "132" })
	grown := all[at]
	resized := head + "resource \"novasphere_compute_flavor\" \"grown\" {\n  name = \"m1.grown\"\n  vcpus = 2\n  ram = 1024\n  disk = 1\n  " +
		"ephemeral = 1\n  swap = 64\n}\n" +
		strings.Replace(instances, fmt.Sprintf("flavor_name = %q", grown.flavor().Name), "flavor_name = novasphere_compute_flavor.grown.name", 1)
	recorded := acctest.Check(func() error {
		now, extra, was := vc.VM(grown.Path), acctest.Extra(vc.VM(grown.Path)), acctest.Extra(grown.is)
		have := map[string]any{"cpus": now.Config.Hardware.NumCPU, "memory": now.Config.Hardware.MemoryMB, "id": now.Config.InstanceUuid,
			"notes": now.Config.Annotation, "power": now.Runtime.PowerState,
			"devices": devicesIn(now), "port": extra["nvp.iface-id.0"], "other": extra["nvp.iface-id.1"],
			"label": slices.Contains(vc.Tags(), "m1.grown")}
		want := map[string]any{"cpus": int32(2), "memory": int32(1024), "id": grown.ID, "notes": grown.is.Config.Annotation,
			"power":   grown.is.Runtime.PowerState,
			"devices": devicesIn(grown.is), "port": was["nvp.iface-id.0"], "other": was["nvp.iface-id.1"], "label": true}
		for _, part := range []string{`"key_pair":"anna"`, `"image_id":"b0000000-0000-4000-8000-000000000001"`, `"metadata":{"role":"web"}`,
			`"tags":["a"]`, `"kind":"swap","mb":64`, `"name":"m1.grown"`} {
			have[part], want[part] = strings.Contains(extra["novasphere.server"], part), true
		}
		have["told"], want["told"] = extra["guestinfo.metadata"], was["guestinfo.metadata"]
		have["adopted"], want["adopted"] = strings.Contains(extra["novasphere.mark"], `"adopted":true`), true
		return differ(have, want)
	})
	cache := filesIn(vc, "192.0.2.10_base/")
	if len(cache) == 0 {
		t.Fatal("there is no image cache")
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		CheckDestroy: acctest.Check(func() error {
			return differ(map[string]any{"machines": len(vc.VMs("OpenStack/*/Instances/*")), "cache": filesIn(vc, "192.0.2.10_base/")},
				map[string]any{"machines": 0, "cache": cache})
		}),
		Steps: []resource.TestStep{
			{Config: head},
			{PreConfig: func() { wire.Take() }, Config: head + instances, Check: untouched,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: empty, PostApplyPreRefresh: empty, PostApplyPostRefresh: empty}},
			{Config: resized, Check: recorded, ConfigPlanChecks: resource.ConfigPlanChecks{
				PreApply:             []plancheck.PlanCheck{plancheck.ExpectResourceAction("novasphere_compute_instance."+grown.address(), updated)},
				PostApplyPostRefresh: empty}},
		},
	})
}

// devicesIn are a machine's disks, NICs and drives, by what is behind them.
func devicesIn(vm mo.VirtualMachine) (out []string) {
	for _, device := range vm.Config.Hardware.Device {
		switch d := device.(type) {
		case *types.VirtualDisk:
			out = append(out, fmt.Sprint(d.Key, d.CapacityInKB, d.Backing.(*types.VirtualDiskFlatVer2BackingInfo).FileName))
		case types.BaseVirtualEthernetCard:
			out = append(out, fmt.Sprint(d.GetVirtualEthernetCard().Key, d.GetVirtualEthernetCard().MacAddress))
		case *types.VirtualCdrom:
			out = append(out, d.Backing.(*types.VirtualCdromIsoBackingInfo).FileName)
		}
	}
	return out
}

// filesIn are the files of the datastore in some folder.
func filesIn(vc *acctest.VCenter, folder string) string {
	files := slices.DeleteFunc(vc.Files("[vmfs-1]"), func(f string) bool { return !strings.Contains(f, folder) })
	slices.Sort(files)
	return strings.Join(files, "\n")
}

// A volume that Nova attached is none of the instance's disks: it stays attached through a change, and outlives the instance.
func TestAccNovaVolume(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	networkNames[vc.Portgroup("public").Key] = "public"
	r := vc.Replayer(t)
	var config, id string
	for _, rec := range recordings.Condensed(t) {
		if rec.Name[:3] != "171" && rec.Name[:3] != "174" { // attached to one, and the root disk of another
			continue
		}
		made, err := r.Replay(rec, 2)
		if err != nil {
			t.Fatal(err)
		}
		m := novaMachine{made[0], rec, vc.VM(made[0].Path)}
		config += strings.Replace(m.config(t, 3), "test-vm", "test-vm-"+rec.Name[:3], 1)
		config = strings.Replace(config, m.flavor().Name, "m1.test-171", 1)
		id = strings.Replace(m.ID, "a0000000", "e0000000", 1)
	}
	volumes := filesIn(vc, "volume-")
	if strings.Count(volumes, "volume-e0000000-0000-4000-8000-000000171001.vmdk")+strings.Count(volumes, id+".vmdk") != 2 {
		t.Fatalf("the volumes are %s", volumes)
	}
	flavor := func(vcpus int) string {
		return vc.Config("", fmt.Sprintf("resource \"novasphere_compute_flavor\" \"f\" {\n  name = \"m1.test-171\"\n  vcpus = %d\n  ram = "+
			"512\n  disk = 1\n}\n", vcpus))
	}
	plain := strings.ReplaceAll(config, "test-vm-", "vm-") // other names are a change
	attached := resource.ComposeTestCheckFunc(
		resource.TestCheckResourceAttr("novasphere_compute_instance.i171001", "volumes_attached.0", "e0000000-0000-4000-8000-000000171001"),
		resource.TestCheckResourceAttr("novasphere_compute_instance.i171001", "disk", "1"),
		resource.TestCheckResourceAttr("novasphere_compute_instance.i174001", "volumes_attached.0", "e0000000-0000-4000-8000-000000174001"),
		resource.TestCheckResourceAttr("novasphere_compute_instance.i174001", "parent_disks.#", "0"))
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		CheckDestroy: acctest.Check(func() error {
			return differ(map[string]any{"machines": len(vc.VMs("OpenStack/*/Instances/*")), "volumes": filesIn(vc, "volume-")},
				map[string]any{"machines": 0, "volumes": volumes})
		}),
		Steps: []resource.TestStep{
			{Config: flavor(1)},
			{Config: flavor(1) + plain, Check: resource.ComposeTestCheckFunc(attached, acctest.Check(func() error {
				names := []string{}
				for _, vm := range vc.VMs(novaPath + "/*") {
					names = append(names, vm.Name)
				}
				slices.Sort(names)
				return differ(map[string]any{"names": strings.Join(names, " ")}, map[string]any{"names": "vm-171 vm-174"})
			}))},
			{Config: flavor(1) + plain, PlanOnly: true},
		},
	})
}

const novaPath = "OpenStack/Project (11111111222243338444555555555555)/Instances"

// The configuration that the CLI generates for an import describes the machine as it is: its plan has nothing but the import.
func TestAccNovaGeneratedConfiguration(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	foreign(t, vc, "somebody's")
	r, kinds := vc.Replayer(t), []string{"001", "078", "093", "117", "124", "132", "144", "145", "146", "157", "174"}
	imports := "import {\n  to = novasphere_compute_instance.foreign\n  id = \"/dc1/vm/OpenStack/somebody's\"\n}\n"
	for _, rec := range recordings.Condensed(t) {
		if !slices.Contains(kinds, rec.Name[:3]) {
			continue
		}
		made, err := r.Replay(rec, 0)
		if err != nil {
			t.Fatal(err)
		}
		imports += fmt.Sprintf("import {\n  to = novasphere_compute_instance.i%s\n  id = %q\n}\n", rec.Name[:3], made[0].ID)
	}
	wire := vc.Wire(t)
	s := vc.NewWorkspace(t, wire, imports)
	s.Must("plan", "-no-color", "-generate-config-out=generated.tf")
	for _, command := range [][]string{{"plan", "-no-color"}, {"apply", "-no-color", "-auto-approve"}} {
		if out, want := s.Must(command...), fmt.Sprintf("%d to import, 0 to add, 0 to change, 0 to destroy", len(kinds)+1); !strings.Contains(out,
			want) {
			t.Fatalf("%s: not %s, but\n%s", command[0], want, out)
		}
	}
	s.PlanIsEmpty()
	calls, _ := wire.Take()
	if found := changing(calls); len(found) > 0 {
		t.Errorf("the imports sent %v", found)
	}
}

// Blocks that describe a machine, and settings of Terraform's own, go into the state, and the machine is not touched for them.
func TestAccNovaBlocks(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	var m novaMachine
	for _, rec := range recordings.Condensed(t) {
		if rec.Name == "001-minimal" {
			made, err := vc.Replayer(t).Replay(rec, 0)
			if err != nil {
				t.Fatal(err)
			}
			m = novaMachine{made[0], rec, vc.VM(made[0].Path)}
		}
	}
	wire := vc.Wire(t)
	head := fmt.Sprintf("provider \"novasphere\" {\n  vsphere_server = %q\n  user = %q\n  password = %q\n  ca_file = %q\n}\n", wire.Server,
		vc.User, vc.Password, wire.CAFile)
	config := head + m.config(t, 0)
	blocks := strings.Replace(config, "  tags = [\"a\"]\n", `  tags = ["a"]
  stop_before_destroy = true
  scheduler_hints { group = "11111111-2222-3333-4444-555555555555" }
  block_device {
    uuid = "b0000000-0000-4000-8000-000000000001"
    source_type = "image"
    destination_type = "local"
    boot_index = 0
  }
  personality {
    file = "/etc/motd"
    content = "hello"
  }
  timeouts { update = "1h" }
`, 1)
	untouched := acctest.Check(func() error {
		calls, _ := wire.Take()
		if found := changing(calls); len(found) > 0 {
			return fmt.Errorf("sent: %v", found)
		}
		return nil
	})
	empty := []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}
	address := "novasphere_compute_instance." + m.address()
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: blocks, Check: resource.ComposeTestCheckFunc(untouched, resource.TestCheckResourceAttr(address, "stop_before_destroy", "true"),
				resource.TestCheckResourceAttr(address, "scheduler_hints.#", "1")),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, updated)},
					PostApplyPostRefresh: empty}},
			{Config: config, Check: resource.ComposeTestCheckFunc(untouched, resource.TestCheckResourceAttr(address, "scheduler_hints.#", "0")),
				ConfigPlanChecks: resource.ConfigPlanChecks{PostApplyPostRefresh: empty}},
		},
	})
}

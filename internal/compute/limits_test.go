// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
)

// refused checks that exactly one error is reported, at an attribute.
func refused(t *testing.T, heard []protocol.Diagnostic, at, text string) {
	t.Helper()
	if len(heard) != 1 || heard[0].Severity != tfprotov6.DiagnosticSeverityError || heard[0].Attribute != at ||
		!strings.Contains(heard[0].Text, text) {
		t.Errorf("heard %v, not %q at %s", heard, text, at)
	}
}

// many returns n blocks, each for another index.
func many(n int, block func(i int) map[string]any) (out []any) {
	for i := range n {
		out = append(out, block(i))
	}
	return out
}

// invalid holds arguments beside a plain instance, and the error of their validation at an argument; text is empty where there is none.
type invalid struct {
	other    map[string]any
	at, text string
}

func outsideLimits() map[string]invalid {
	const port = "4f2c0a66-0000-4000-8000-000000000001"
	disk := func(more map[string]any) map[string]any {
		block := map[string]any{"source_type": "blank"}
		for key, value := range more {
			block[key] = value
		}
		return map[string]any{"block_device": []any{block}}
	}
	file := func(path string) map[string]any {
		return map[string]any{"personality": []any{map[string]any{"file": path, "content": "x"}}}
	}
	return map[string]invalid{
		"a line break in the name": {map[string]any{"name": "web\n1"}, "name", "cannot be printed"},
		"a tab in the name":        {map[string]any{"name": "web\t1"}, "name", "cannot be printed"},
		"a leading blank":          {map[string]any{"name": " web"}, "name", "begins or ends with a blank"},
		"a name that leads away":   {map[string]any{"name": ".."}, "name", "leads elsewhere"},
		"an empty key":             {map[string]any{"metadata": map[string]any{"": "x"}}, "metadata", "a key of metadata must not be empty"},
		"a long key": {map[string]any{"metadata": map[string]any{strings.Repeat("k", 300): "x"}}, "metadata",
			"1 to 255 characters, and this has 300"},
		"an empty tag":       {map[string]any{"tags": []any{""}}, "tags", "a tag must not be empty"},
		"a tag with a comma": {map[string]any{"tags": []any{"a,b"}}, "tags", "has the character ','"},
		"a long tag":         {map[string]any{"tags": []any{strings.Repeat("t", 61)}}, "tags", "1 to 60 characters"},
		"eleven NICs": {nics(many(11, func(int) map[string]any { return map[string]any{"name": "public"} })...), "network",
			"at most 10 network adapters, and this has 11"},
		"a port twice": {nics(map[string]any{"port": port}, map[string]any{"port": port}), "network[1]",
			"and so does network[0]: a port has one NIC"},
		"an address twice": {nics(map[string]any{"name": "a", "fixed_ip_v4": "10.0.0.9"},
			map[string]any{"name": "a", "fixed_ip_v4": "10.0.0.9"}), "network[1]", "claims the address 10.0.0.9, and so does network[0]"},
		"a disk of -3 GiB": {disk(map[string]any{"volume_size": -3}), "block_device[0].volume_size", "1 to 63488 GiB, and this has -3"},
		"a disk with three faults": {disk(map[string]any{"boot_index": 0, "disk_bus": "virtio", "device_type": "cdrom"}), "block_device[0]",
			`disk_bus "virtio" cannot be made`},
		"all three are told": {disk(map[string]any{"boot_index": 0, "disk_bus": "virtio", "device_type": "cdrom"}), "block_device[0]",
			`nothing boots from a blank disk: write boot_index = -1; device_type "cdrom"`},
		"61 disks": {map[string]any{"block_device": many(61,
			func(int) map[string]any { return map[string]any{"source_type": "blank"} })}, "block_device", "at most 60 disks"},
		"a relative file":       {file("etc/motd"), "", "is not an absolute path"},
		"a file of a long path": {file("/" + strings.Repeat("p", 255)), "", "1 to 255 characters, and this has 256"},
		"nothing wrong":         {map[string]any{"tags": []any{"blue"}, "metadata": map[string]any{"a b:c.d-e_f": "x"}}, "", ""},
		"what is not known": {map[string]any{"name": tftypes.UnknownValue, "tags": tftypes.UnknownValue,
			"metadata": tftypes.UnknownValue}, "", ""},
		"one address, two networks": {nics(map[string]any{"name": "a", "fixed_ip_v4": "10.0.0.9"},
			map[string]any{"name": "b", "fixed_ip_v4": "10.0.0.9"}), "", ""},
	}
}

func TestInstanceRefusedAtValidate(t *testing.T) {
	t.Parallel()
	provider := protocol.New(t, acctest.Factories["novasphere"])
	for name, c := range outsideLimits() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			heard := provider.Validate("novasphere_compute_instance", wish(c.other))
			switch {
			case c.text == "" && len(heard) > 0:
				t.Errorf("heard %v", heard)
			case c.text != "" && c.at == "": // for a block in a set the path is the block itself
				if len(heard) != 1 || !strings.Contains(heard[0].Text, c.text) {
					t.Errorf("heard %v, not %q", heard, c.text)
				}
			case c.text != "":
				refused(t, heard, c.at, c.text)
			}
		})
	}
}

func TestOtherNounsRefusedAtValidate(t *testing.T) {
	t.Parallel()
	provider := protocol.New(t, acctest.Factories["novasphere"])
	flavor := func(name string, more map[string]any) map[string]any {
		config := map[string]any{"name": name, "vcpus": 1, "ram": 512, "disk": 1}
		for key, value := range more {
			config[key] = value
		}
		return config
	}
	for name, c := range map[string]struct {
		kind     string
		config   map[string]any
		at, text string
	}{
		"flavor":        {"compute_flavor", flavor("m1\tsmall", nil), "name", "cannot be printed"},
		"a flavor's id": {"compute_flavor", flavor("m1", map[string]any{"flavor_id": "a/b"}), "flavor_id", "has the character '/'"},
		"100000 vCPUs": {"compute_flavor", flavor("m1", map[string]any{"vcpus": 100000}), "vcpus",
			"1 to 960 vCPUs, and this has 100000"},
		"25 TB of memory": {"compute_flavor", flavor("m1", map[string]any{"ram": 25 << 20}), "ram", "MB of memory"},
		"an extra spec of no key": {"compute_flavor", flavor("m1", map[string]any{"extra_specs": map[string]any{"": "x"}}), "extra_specs",
			"a key of extra_specs must not be empty"},
		"key pair": {"compute_keypair", map[string]any{"name": " ops"}, "name", "begins or ends with a blank"},
		"server group": {"compute_servergroup", map[string]any{"name": "a\nb", "policies": []any{"affinity"}}, "name",
			"cannot be printed"},
		"aggregate":           {"compute_aggregate", map[string]any{"name": "../a"}, "name", "leads elsewhere"},
		"an aggregate's zone": {"compute_aggregate", map[string]any{"name": "a", "zone": "az1:esx-1"}, "zone", "has a colon"},
		"an aggregate's metadata": {"compute_aggregate", map[string]any{"name": "a", "metadata": map[string]any{"": "x"}}, "metadata",
			"must not be empty"},
		"cluster": {"compute_cluster", map[string]any{"name": strings.Repeat("c", 81)}, "name", "1 to 80 characters"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused(t, provider.Validate("novasphere_"+c.kind, c.config), c.at, c.text)
		})
	}
}

func TestNonsenseRefusedAtPlan(t *testing.T) {
	t.Parallel()
	specs := func(key, value string) map[string]any {
		return map[string]any{"name": "m1", "vcpus": 3, "ram": 512, "disk": 1, "extra_specs": map[string]any{key: value}}
	}
	two := publicKey + "\n" + publicKey
	for name, c := range map[string]struct {
		kind     string
		config   map[string]any
		at, text string
	}{
		"a negative reservation": {"compute_flavor", specs("quota:memory_reservation", "-5"), `extra_specs["quota:memory_reservation"]`,
			"-5 is below 0"},
		"a negative limit": {"compute_flavor", specs("quota:cpu_limit", "-2"), `extra_specs["quota:cpu_limit"]`, "-2 is below -1"},
		"two keys in one": {"compute_keypair", map[string]any{"name": "ops", "public_key": two}, "public_key",
			"holds more than one public key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			heard, _ := planned(t, nil, "novasphere_"+c.kind, c.config)
			refused(t, heard, c.at, c.text)
		})
	}
}

// TestTopologyThatCannotBeIsNamed: like Nova, the provider ignores a preferred topology that is impossible, but it warns.
func TestTopologyThatCannotBeIsNamed(t *testing.T) {
	t.Parallel()
	for key, says := range map[string]string{"hw:cpu_cores": "3 vcpus are no multiple of 2 cores",
		"hw:cpu_sockets": "3 vcpus are no multiple of 2 sockets"} {
		heard, plan := planned(t, nil, "novasphere_compute_flavor",
			map[string]any{"name": "m1", "vcpus": 3, "ram": 512, "disk": 1, "extra_specs": map[string]any{key: "2"}})
		if len(heard) != 1 || heard[0].Severity != tfprotov6.DiagnosticSeverityWarning || heard[0].Attribute != "extra_specs" ||
			!strings.Contains(heard[0].Text, says) {
			t.Errorf("%s: heard %v", key, heard)
		}
		if !plan["id"].IsKnown() {
			t.Errorf("%s: nothing is planned", key)
		}
	}
}

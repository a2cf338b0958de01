// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// capacityCall is the read of a zone's capacity, by its name on the wire.
const capacityCall = "RetrievePropertiesEx of ClusterComputeResource and HostSystem and ResourcePool"

const (
	refused = "vCenter will refuse the instance"
	above   = "Above the ratio of the zone "
)

// placementWarnings runs a command and returns its warnings about placement: the summary, and the text.
func placementWarnings(t *testing.T, ws *acctest.Workspace, args ...string) []string {
	t.Helper()
	var out []string
	for line := range strings.Lines(ws.Must(append(args, "-json")...)) {
		var said struct {
			Diagnostic struct{ Severity, Summary, Detail, Address string }
		}
		if json.Unmarshal([]byte(line), &said) != nil {
			continue
		}
		d := said.Diagnostic
		if d.Severity == "warning" && (d.Summary == refused || strings.HasPrefix(d.Summary, above) || strings.Contains(d.Summary, "can hold")) {
			out = append(out, d.Summary+": "+d.Detail)
			if !strings.HasPrefix(d.Address, "novasphere_compute_instance.") {
				t.Errorf("the warning is borne by %q", d.Address)
			}
		}
	}
	slices.Sort(out)
	return out
}

// expectWarnings compares warnings, in order, with the parts that each must contain.
func expectWarnings(t *testing.T, when string, got []string, want ...[]string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d warnings, not %d: %q", when, len(got), len(want), got)
		return
	}
	for i, parts := range want {
		for _, part := range parts {
			if !strings.Contains(got[i], part) {
				t.Errorf("%s: %q does not say %q", when, got[i], part)
			}
		}
	}
}

// crowd returns n instances of a flavor in a zone.
func crowd(name, zone, flavor string, n int, more string) string {
	return fmt.Sprintf(`
resource "novasphere_compute_instance" %[1]q {
  count             = %[4]d
  name              = "%[1]s-${count.index}"
  availability_zone = %[2]q
  flavor_name       = novasphere_compute_flavor.%[3]s.name
  image_name        = "debian-12"
  wait_for_ip       = "0s"
  %[5]s
}
`, name, zone, flavor, n, more)
}

func flavorOf(name string, vcpus, ram, disk int, specs string) string {
	return fmt.Sprintf("resource \"novasphere_compute_flavor\" %[1]q {\n  name = %[1]q\n  vcpus = %[2]d\n  ram = %[3]d\n  disk = %[4]d\n  "+
		"extra_specs = {%[5]s}\n}\n", name, vcpus, ram, disk, specs)
}

// TestAccPlanOfFiveHundred: the plan reads the capacity of each zone once, and one instance has the only warning.
func TestAccPlanOfFiveHundred(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{Clusters: 2})
	wire := vc.Wire(t)
	ws := vc.NewWorkspace(t, wire, `provider "novasphere" {
  availability_zone {
    name    = "az1"
    cluster = "compute"
  }
  availability_zone {
    name    = "az2"
    cluster = "compute-2"
  }
}
`+flavorOf("f", 1, 512, 10, "")+crowd("one", "az1", "f", 400, "")+crowd("two", "az2", "f", 100, ""))
	got := placementWarnings(t, ws, "plan")
	calls, _ := wire.Take()
	if calls[capacityCall] != 2 {
		t.Errorf("asked %d times what a zone can hold: %s", calls[capacityCall], callList(calls))
	}
	for name, n := range calls {
		if n > 10 {
			t.Errorf("%d x %s for a plan of creates", n, name)
		}
	}
	expectWarnings(t, "500", got, []string{above + "az1", "there are 384 vCPUs (96 processors x 4), 0 are in use by this configuration's " +
		"instances, 385 are planned, and 1 are missing"})
}

// TestAccPlacement follows one zone from creation over growth and replacement to a move, beside a zone that is never full.
func TestAccPlacement(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{Clusters: 2})
	wire := vc.Wire(t)
	config := func(zone, flavor string, n int, more string) string {
		return `provider "novasphere" {
  availability_zone {
    name                 = "az1"
    cluster              = "compute"
    cpu_allocation_ratio = 0.1
  }
  availability_zone {
    name    = "az2"
    cluster = "compute-2"
  }
}
` + flavorOf("two", 2, 512, 10, "") + flavorOf("three", 3, 512, 10, "") + crowd("web", zone, flavor, n, more)
	}
	ws := vc.NewWorkspace(t, wire, config("az1", "two", 4, ""))
	expectWarnings(t, "it fits", placementWarnings(t, ws, "apply", "-auto-approve"))
	wire.Take()
	ws.PlanIsEmpty()
	if calls, _ := wire.Take(); calls[capacityCall] != 0 {
		t.Error("a plan that changes nothing asks what a zone can hold")
	}
	ws.Configure(config("az1", "two", 4, `metadata = { role = "web" }`))
	expectWarnings(t, "metadata", placementWarnings(t, ws, "plan"))
	if calls, _ := wire.Take(); calls[capacityCall] != 0 {
		t.Error("a plan in which nothing grows asks what a zone can hold")
	}
	ws.Configure(config("az1", "two", 5, ""))
	expectWarnings(t, "one more", placementWarnings(t, ws, "plan"),
		[]string{above + "az1", "there are 9 vCPUs (96 processors x 0.1), 8 are in use by this configuration's instances, 2 are planned, and " +
			"1 are missing"})
	ws.Configure(config("az1", "three", 4, ""))
	// how many instances come before is random
	many := []string{above + "az1", "there are 9 vCPUs (96 processors x 0.1)", " are in use by this configuration's instances"}
	expectWarnings(t, "growth", placementWarnings(t, ws, "plan"), many)
	ws.Configure(config("az2", "three", 4, ""))
	expectWarnings(t, "in the other zone", placementWarnings(t, ws, "plan"))
	ws.Configure(config("az1", "two", 4, ""))
	expectWarnings(t, "replaced by hand", placementWarnings(t, ws, "plan", "-replace=novasphere_compute_instance.web[0]",
		"-replace=novasphere_compute_instance.web[1]"))
	ws.Configure(config("az1", "two", 4, `user_data = "#cloud-config"`))
	wire.Take()
	expectWarnings(t, "replaced", placementWarnings(t, ws, "plan"))
	if calls, _ := wire.Take(); calls[capacityCall] != 0 {
		t.Error("a plan that replaces instances by their like asks what a zone can hold")
	}
	expectWarnings(t, "replaced, and applied", placementWarnings(t, ws, "apply", "-auto-approve"))
	ws.Configure(config("az1", "three", 4, ""))
	expectWarnings(t, "replaced by larger ones", placementWarnings(t, ws, "plan"), many)
	ws.Configure(config("az1", "two", 4, `user_data = "#cloud-config"`))
	ws.PlanIsEmpty()
	ws.Destroy()
}

// TestAccPlacementOfEachKind plans too much of every resource, each in its own zone, and applies none of it.
func TestAccPlacementOfEachKind(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{Clusters: 2})
	root, err := find.NewFinder(vc.Client().Client).ResourcePool(t.Context(), "/dc1/host/compute/Resources")
	if err != nil {
		t.Fatal(err)
	}
	spec, fixed, mhz, mb := types.DefaultResourceConfigSpec(), false, int64(1000), int64(2048)
	spec.CpuAllocation.ExpandableReservation, spec.MemoryAllocation.ExpandableReservation = &fixed, &fixed
	spec.CpuAllocation.Reservation, spec.MemoryAllocation.Reservation = &mhz, &mb
	if _, err := root.Create(t.Context(), "fixed", spec); err != nil {
		t.Fatal(err)
	}
	zone := func(name, more string) string {
		return fmt.Sprintf("  availability_zone {\n    name = %q\n    cluster = \"compute\"\n%s\n  }\n", name, more)
	}
	provider := "provider \"novasphere\" {\n" + zone("pool", `resource_pool = "fixed"`) + zone("memory", "ram_allocation_ratio = 0.1") +
		zone("disk", "datastores = [\"vmfs-2\"]\ndisk_allocation_ratio = 0.1") +
		zone("roomy", "cpu_allocation_ratio = 8\nram_allocation_ratio = 2\ndisk_allocation_ratio = 3") + "}\n"
	ws := vc.NewWorkspace(t, vc.Wire(t), provider+
		flavorOf("reserving", 1, 1024, 2, `"quota:cpu_reservation" = "400", "quota:memory_reservation" = "1024"`)+
		crowd("reserving", "pool", "reserving", 4, "")+crowd("off", "pool", "reserving", 4, `power_state = "shutoff"`)+
		flavorOf("remembering", 1, 4096, 2, "")+crowd("remembering", "memory", "remembering", 5, "")+
		flavorOf("storing", 1, 512, 30, "")+crowd("storing", "disk", "storing", 5, "")+
		flavorOf("wide", 33, 512, 2, "")+flavorOf("tall", 1, 135168, 2, "")+crowd("wide", "nova", "wide", 3, "")+
		crowd("tall", "roomy", "tall", 3, ""))
	tall := func(i int) []string {
		return []string{refused, fmt.Sprintf("tall-%d asks for 135168 MB of memory, and the largest host of the zone roomy that takes "+
			"instances has 131072 MB: 4096 are missing", i)}
	}
	wide := func(i int) []string {
		return []string{refused, fmt.Sprintf("wide-%d asks for 33 vCPUs, and the largest host of the zone nova that takes instances has 32 "+
			"processors: 1 are missing", i)}
	}
	expectWarnings(t, "each kind", placementWarnings(t, ws, "plan"),
		[]string{above + "disk", "disk_allocation_ratio says: there are 102 GiB of disk (1024 GiB x 0.1)", "120 are planned"},
		[]string{above + "memory", "with remembering-", "ram_allocation_ratio says: there are 39321 MB of memory (393216 MB x 0.1), 24576 are " +
			"in use, 16384 are planned, and 1639 are missing"},
		tall(0), tall(1), tall(2), wide(0), wide(1), wide(2), // each at its own block
		[]string{refused, "with reserving-", "this plan reserves 1200 MHz in the zone pool, and its resource pool has 1000 left to reserve: " +
			"200 are missing"},
		[]string{refused, "with reserving-", "this plan reserves 3072 MB of memory in the zone pool, and its resource pool has 2048 left to " +
			"reserve: 1024 are missing"})
	ws.Configure(provider + flavorOf("reserving", 1, 1024, 2, `"quota:cpu_reservation" = "400", "quota:memory_reservation" = "1024"`) +
		crowd("reserving", "pool", "reserving", 2, "") +
		flavorOf("remembering", 1, 4096, 2, "") + crowd("remembering", "memory", "remembering", 3, "") + flavorOf("storing", 1, 512, 30, "") +
		crowd("storing", "disk", "storing", 3, ""))
	expectWarnings(t, "it fits", placementWarnings(t, ws, "plan"))
}

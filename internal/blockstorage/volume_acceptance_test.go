// SPDX-License-Identifier: MPL-2.0

package blockstorage_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestAccVolume is the life of a volume: made, changed in place, copied, replaced, imported and destroyed. After each step the plan is
// empty.
func TestAccVolume(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	const it, copied = kindOfVolume + ".it", kindOfVolume + ".copy"
	block := func(name, arguments string) string {
		return fmt.Sprintf("resource %q %q {\n%s\n}\n", kindOfVolume, name, arguments)
	}
	config := func(size int, name, more string) string {
		return vc.Config("", block("it", fmt.Sprintf("  name = %q\n  size = %d\n  metadata = { role = \"db\" }", name, size))+more)
	}
	holds := func(disk string, megabytes int64) resource.TestCheckFunc {
		return acctest.Check(func() error {
			if d := vc.Disk(disk); d.CapacityInMB != megabytes || d.KeepAfterDeleteVm == nil || !*d.KeepAfterDeleteVm ||
				d.Note("novasphere.meta.role") != "db" {
				return fmt.Errorf("the vCenter holds %+v", d)
			}
			return nil
		})
	}
	does := func(address string, action plancheck.ResourceActionType) resource.ConfigPlanChecks {
		return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, action)}}
	}
	ofCopy := func(more string) string {
		return block("copy", "  name = \"copy\"\n  size = 2\n  source_vol_id = "+it+".id\n"+more)
	}
	protocol.Test(t, resource.TestCase{ProtoV6ProviderFactories: acctest.Factories, Steps: []resource.TestStep{
		{Config: config(1, "data", ""), Check: holds("data", 1<<10)},
		{Config: config(2, "data-2", ""), Check: holds("data-2", 2<<10),
			ConfigPlanChecks: does(it, plancheck.ResourceActionUpdate)},
		{ResourceName: it, ImportState: true, ImportStateVerify: true},
		{Config: config(2, "data-2", ofCopy("")), Check: resource.TestCheckResourceAttrPair(copied, "source_vol_id", it, "id")},
		{Config: config(2, "data-2", ofCopy("  multiattach = true\n")), ConfigPlanChecks: does(copied, plancheck.ResourceActionReplace)},
		{ResourceName: copied, ImportState: true, ImportStateVerify: true},
	}, CheckDestroy: acctest.Check(func() error {
		if left := vc.Disks(); len(left) > 0 {
			return fmt.Errorf("disks are left: %+v", left)
		}
		return nil
	})})
}

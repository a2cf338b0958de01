// SPDX-License-Identifier: MPL-2.0

package images_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
)

// TestAccImageMade is the life of an image with an instance of it: both planned at once, the image changed in place, imported by id and by
// name, replaced and destroyed. After each step the plan is empty.
func TestAccImageMade(t *testing.T) {
	t.Parallel()
	l := labOf(t)
	const it = kindOfImage + ".it"
	config := func(file, name, more string) string {
		return l.vc.Config("", fmt.Sprintf(`
resource "novasphere_images_image" "it" {
  name             = %q
  disk_format      = "raw"
  container_format = "bare"
  local_file_path  = %q
  min_disk_gb      = 1
%s}
resource "novasphere_compute_flavor" "tiny" {
  name  = "m1.tiny"
  vcpus = 1
  ram   = 512
  disk  = 1
}
resource "novasphere_compute_instance" "it" {
  name        = "it"
  flavor_name = novasphere_compute_flavor.tiny.name
  image_name  = novasphere_images_image.it.name
}
`, name, file, more))
	}
	first, second := l.file("first.raw", "first", 4<<20), l.file("second.raw", "second", 4<<20)
	does := func(action plancheck.ResourceActionType) resource.ConfigPlanChecks {
		return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(it, action)}}
	}
	sources := []string{"local_file_path"}
	protocol.Test(t, resource.TestCase{ProtoV6ProviderFactories: acctest.Factories, Steps: []resource.TestStep{
		{Config: config(first, "debian", ""), Check: resource.ComposeAggregateTestCheckFunc(
			resource.TestCheckResourceAttrPair("novasphere_compute_instance.it", "image_id", it, "id"),
			resource.TestCheckResourceAttr(it, "size_bytes", fmt.Sprint(4<<20)))},
		{Config: config(first, "debian", "  properties = { os_distro = \"debian\" }\n  tags = [\"gold\"]\n"),
			ConfigPlanChecks: does(plancheck.ResourceActionUpdate)},
		{ResourceName: it, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: sources},
		{ResourceName: it, ImportState: true, ImportStateId: "debian", ImportStateVerify: true, ImportStateVerifyIgnore: sources},
		{Config: config(second, "debian", ""), ConfigPlanChecks: does(plancheck.ResourceActionReplace)},
	}, CheckDestroy: acctest.Check(func() error {
		if left := l.vc.VMs("novasphere/images/*"); len(left) > 0 {
			return fmt.Errorf("images are left: %v", left)
		}
		return nil
	})})
}

// SPDX-License-Identifier: MPL-2.0

package blockstorage_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// TestAccSnapshot is the life of a snapshot beside those who need it: a restored volume, and searches.
func TestAccSnapshot(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	const name = "novasphere_blockstorage_snapshot.s"
	config := func(arguments string) string {
		return vc.Config("", fmt.Sprintf(`
data "novasphere_blockstorage_volume_type" "t" { name = "vSAN Default Storage Policy" }
data "novasphere_blockstorage_availability_zones" "z" {}
resource "novasphere_blockstorage_volume" "v" {
  name              = "data"
  size              = 2
  volume_type       = data.novasphere_blockstorage_volume_type.t.name
  availability_zone = data.novasphere_blockstorage_availability_zones.z.names[0]
}
resource "novasphere_blockstorage_snapshot" "s" {
  volume_id = novasphere_blockstorage_volume.v.id
%s}
data "novasphere_blockstorage_snapshot" "found" {
  volume_id   = novasphere_blockstorage_snapshot.s.volume_id
  most_recent = true
}
resource "novasphere_blockstorage_volume" "restored" {
  name        = "restored"
  size        = 3
  snapshot_id = data.novasphere_blockstorage_snapshot.found.id
}
`, arguments))
	}
	held := func(name string) resource.TestCheckFunc {
		return acctest.Check(func() error {
			of, restored := vc.Disk("data"), vc.Disk("restored")
			if len(of.Snapshots) != 1 || !strings.HasPrefix(of.Snapshots[0].Description, "novasphere ") {
				return fmt.Errorf("the snapshots are %+v", of.Snapshots)
			}
			if kept := of.Note("novasphere.snapshot." + of.Snapshots[0].Id.Id + ".name"); kept != name {
				return fmt.Errorf("the record has the name %q", kept)
			}
			if restored.CapacityInMB != 3<<10 || vc.Content(restored) != vc.Content(of) {
				return errors.New("the restored volume is another")
			}
			return nil
		})
	}
	protocol.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories,
		Steps: []resource.TestStep{
			{Config: config("  name = \"nightly\"\n  metadata = { keep = \"7d\" }\n"), Check: resource.ComposeAggregateTestCheckFunc(
				held("nightly"), resource.TestCheckResourceAttr(name, "size", "2"), resource.TestCheckResourceAttr(name, "status", "available"),
				resource.TestCheckResourceAttrPair(name, "id", "data.novasphere_blockstorage_snapshot.found", "id"))},
			{Config: config("  name = \"weekly\"\n  description = \"of the shop\"\n"), Check: held("weekly")},
			{ResourceName: name, ImportState: true, ImportStateVerify: true},
		},
	})
}

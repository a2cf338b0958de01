// SPDX-License-Identifier: MPL-2.0

package faults_test

import "github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/faults"

// volumeNouns returns volumes that are empty at first or copied from another.
func volumeNouns() []*faults.Noun {
	const (
		gold   = "  volume_type = \"vSAN Default Storage Policy\"\n"
		silver = "  volume_type = \"VVol No Requirements Policy\"\n"
	)
	return []*faults.Noun{
		{Name: "volume", Create: named("blockstorage_volume", "data", "size = 1\n  metadata = { role = \"db\" }\n"+gold),
			Update: named("blockstorage_volume", "data-2", "size = 2\n  description = \"grown\"\n  metadata = { tier = \"1\" }\n"+silver)},
		{Name: "volume from a volume", Base: named("blockstorage_volume", "data", "size = 1"),
			Create: "resource \"novasphere_blockstorage_volume\" \"copy\" {\n  name = \"copy\"\n  size = 2\n  source_vol_id = " +
				"novasphere_blockstorage_volume.it.id\n}\n"},
	}
}

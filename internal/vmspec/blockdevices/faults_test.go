// SPDX-License-Identifier: MPL-2.0

package blockdevices

import (
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// block returns a block of a source and a destination, with a boot index unless that is below -1.
func block(source, destination string, index int64, with ...func(*Block)) Block {
	b := Block{BlockDevice: openstack.BlockDevice{Source: source, Destination: destination}}
	if source != "blank" {
		b.UUID = "x"
	}
	if destination == "volume" {
		b.SizeGiB = 10
	}
	if index >= -1 {
		b.BootIndex = &index
	}
	for _, f := range with {
		f(&b)
	}
	return b
}

func swap(b *Block) { b.GuestFormat = "swap" }

func unsized(b *Block) { b.SizeGiB = 0 }

// TestFaults: what Nova's API refuses is refused, all of it in one text for each block, and what it takes is taken.
func TestFaults(t *testing.T) {
	t.Parallel()
	image, blank, volume, snapshot := "image", "blank", "volume", "snapshot"
	for name, c := range map[string]struct {
		blocks []Block
		image  bool
		at     int
		want   string // empty: nothing is wrong
	}{
		"an image on a volume":     {blocks: []Block{block(image, "volume", 0)}},
		"without an index":         {blocks: []Block{block(image, "volume", -2)}},
		"a volume":                 {blocks: []Block{block(volume, "volume", 0, unsized)}},
		"its destination is clear": {blocks: []Block{block(volume, "", 0)}},
		"a snapshot":               {blocks: []Block{block(snapshot, "volume", 0, unsized)}},
		"an image and more":        {blocks: []Block{block(image, "local", 0), block(volume, "volume", 1), block(blank, "volume", -1)}},
		"the instance's image":     {blocks: []Block{block(volume, "volume", 1)}, image: true},
		"swap":                     {blocks: []Block{block(image, "local", 0), block(blank, "local", -1, swap)}},
		"nothing is known": {blocks: []Block{{BlockDevice: openstack.BlockDevice{Source: "image"}, Unknown: true}, block(volume,
			"volume", 3)}},
		"a size to come": {blocks: []Block{block(image, "volume", 0, unsized, func(b *Block) { b.UnknownSize = true })}},
		"an id to come":  {blocks: []Block{block(volume, "volume", 0, func(b *Block) { b.UUID, b.UnknownUUID = "", true })}},

		"two roots":   {blocks: []Block{block(image, "volume", 0), block(volume, "volume", 0)}, at: 1, want: "block_device[0] is the root"},
		"two without": {blocks: []Block{block(image, "volume", -2), block(volume, "volume", -2)}, at: 1, want: "is the root disk already"},
		"one index twice": {blocks: []Block{block(image, "volume", 0), block(volume, "volume", 1), block(volume, "volume", 1)}, at: 2,
			want: "boot_index = 1 already"},
		"a gap":   {blocks: []Block{block(image, "volume", 0), block(volume, "volume", 2)}, at: 1, want: "no disk has boot_index = 1"},
		"no root": {blocks: []Block{block(volume, "volume", -1)}, want: "no root disk"},
		"no size": {blocks: []Block{block(image, "volume", 0, unsized)}, want: "needs volume_size"},
		"nothing of no size": {blocks: []Block{block(image, "volume", 0), block(blank, "volume", -1, unsized)}, at: 1,
			want: "source_type blank with destination_type volume needs volume_size"},
		"no id":             {blocks: []Block{block(snapshot, "volume", 0, func(b *Block) { b.UUID = "" })}, want: "the snapshot's id in uuid"},
		"a local volume":    {blocks: []Block{block(volume, "local", 0)}, want: `write destination_type = "volume"`},
		"nowhere":           {blocks: []Block{block(image, "moon", 0)}, want: `destination_type "moon" is unknown`},
		"a copy of nothing": {blocks: []Block{block(blank, "volume", -1, func(b *Block) { b.UUID = "x" })}, image: true, want: "leave uuid out"},
		"a blank root":      {blocks: []Block{block(blank, "volume", 0)}, want: "nothing boots from a blank disk"},
		"swap on a volume": {blocks: []Block{block(blank, "volume", -1, swap)}, image: true,
			want: "a swap disk is local"},
		"many for one": {blocks: []Block{block(image, "volume", 0, func(b *Block) { b.Multiattach = true })}, want: "multiattach is of a volume"},
		"a type of a local disk": {blocks: []Block{block(blank, "local", -1, func(b *Block) { b.VolumeType = "gold" })}, image: true,
			want: "volume_type and multiattach are of volumes"},
		"two faults": {blocks: []Block{block(image, "volume", 0, unsized, func(b *Block) { b.Bus = "virtio" })},
			want: `needs volume_size, in GiB; disk_bus "virtio" cannot be made`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for i, why := range Faults(c.blocks, c.image) {
				text := strings.Join(why, "; ")
				if wrong := c.want != "" && i == c.at; wrong != (text != "") || wrong && !strings.Contains(text, c.want) {
					t.Errorf("%s: %q", Path(i), text)
				}
			}
			err := Check(c.blocks, c.image)
			if (err != nil) != (c.want != "") || err != nil && !strings.Contains(fmt.Sprint(err), Path(c.at)) {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

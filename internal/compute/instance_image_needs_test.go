// SPDX-License-Identifier: MPL-2.0

package compute_test

import (
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/image"
)

// TestImageNeeds: a flavor with less memory or a smaller disk than the image asks for is refused at plan, for a new instance, one that
// boots from a volume of the image, and a resize.
func TestImageNeeds(t *testing.T) {
	t.Parallel()
	vc := acctest.Start(t, vcsim.Options{})
	p := vc.Provider(t, nil)
	flavor := func(name string, ram, disk int64) {
		p.Bring("novasphere_compute_flavor", map[string]any{"name": name, "vcpus": 1, "ram": ram, "disk": disk},
			p.None("novasphere_compute_flavor"))
	}
	flavor("m1.small", 2048, 20)
	flavor("m1.thin", 1024, 20)
	flavor("m1.short", 2048, 5)
	id := needy(t, vc)
	p = vc.Provider(t, nil)
	const kind = "novasphere_compute_instance"
	boot := func(gib int64) []any {
		return []any{map[string]any{"uuid": id, "source_type": "image", "destination_type": "volume", "volume_size": gib, "boot_index": 0}}
	}
	refused := func(what, text string, plan protocol.Plan) {
		t.Helper()
		if failed := protocol.Errors(plan.Diagnostics); len(failed) != 1 || !strings.Contains(failed[0].Text, text) {
			t.Errorf("%s: %v", what, plan.Diagnostics)
		}
	}
	plan := func(of string, config map[string]any, prior ...protocol.Object) protocol.Plan {
		t.Helper()
		p := vc.Provider(t, nil) // one process plans a name once
		return p.Plan(of, config, append(prior, p.None(of))[0])
	}
	memory := "the flavor m1.thin has 1024 MB of memory, and the image debian-12 needs 2048 (min_ram_mb)"
	refused("memory", memory, plan(kind, wish(map[string]any{"flavor_name": "m1.thin"})))
	refused("memory of a volume's image", memory,
		plan(kind, wish(map[string]any{"flavor_name": "m1.thin", "image_name": nil, "block_device": boot(20)})))
	refused("disk", "the flavor m1.short has a root disk of 5 GiB, and the image debian-12 needs 10",
		plan(kind, wish(map[string]any{"flavor_name": "m1.short"})))
	refused("volume", "volume_size is 5, and the image debian-12 needs 10 GiB",
		plan(kind, wish(map[string]any{"image_name": nil, "block_device": boot(5)})))
	refused("volume of the image", "size: ", plan("novasphere_blockstorage_volume", map[string]any{"name": "v", "size": 5, "image_id": id}))
	made := p.Bring(kind, wish(map[string]any{"network": []any{map[string]any{"name": "public"}}, "wait_for_ip": "0s"}), p.None(kind))
	refused("resize", memory, plan(kind, wish(map[string]any{"flavor_name": "m1.thin",
		"network": []any{map[string]any{"name": "public"}}, "wait_for_ip": "0s"}), made))
}

// needy records on debian-12 that it needs 2048 MB and 10 GiB, and returns its id.
func needy(t *testing.T, vc *acctest.VCenter) string {
	t.Helper()
	c := vcenter.New(vcenter.Config{Server: vc.Server(), User: vc.User, Password: vc.Password, CAFile: vc.CAFile, Folder: "OpenStack"})
	t.Cleanup(func() { _ = c.Close(t.Context()) })
	found, err := c.Images.Find(t.Context(), image.Query{Name: "debian-12"})
	if err == nil {
		found.MinRAM, found.MinDisk = 2048, 10
		_, err = c.Images.Update(t.Context(), found.ImageSpec)
	}
	if err != nil {
		t.Fatal(err)
	}
	return found.ID
}

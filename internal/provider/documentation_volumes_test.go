// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// storagePages are the pages of terraform-provider-openstack whose examples have volumes; those of instances only where they have a
// block_device.
var storagePages = regexp.MustCompile(`/(blockstorage_|compute_volume_attach_|compute_instance_v2\.md)`)

// whatTheyName is what examples name without making it. The flavor has the id that they write.
const whatTheyName = `
resource "novasphere_compute_flavor" "three" {
  name      = "m1.docs"
  flavor_id = "3"
  vcpus     = 1
  ram       = 1024
  disk      = 5
  ephemeral = 5
}
resource "novasphere_compute_keypair" "mine" {
  name       = "my_key_pair_name"
  public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMJJjuINH8TredHVhBtEfDwCVqSaQiZ+VRA9oyqibLnY ops@example.com"
}
resource "novasphere_networking_network" "mine" {
  name = "my_network"
  segments { segmentation_id = 160 }
}
`

// whatTheyFind is what examples of data sources find.
const whatTheyFind = `
resource "novasphere_blockstorage_volume" "v" {
  name = "volume_1"
  size = 1
}
resource "novasphere_blockstorage_snapshot" "s" {
  name      = "snapshot_1"
  volume_id = novasphere_blockstorage_volume.v.id
}
`

// refusedHere are the pages whose examples are refused at plan, and why.
var refusedHere = map[*regexp.Regexp]string{
	regexp.MustCompile(`^resources/blockstorage_(qos|volume_type)`):                   "storage policies are made by whoever runs the vCenter",
	regexp.MustCompile(`^resources/blockstorage_quotaset`):                            "there are no projects",
	regexp.MustCompile(`^resources/blockstorage_volume_attach`):                       "hosts outside of the cloud have nothing to attach",
	regexp.MustCompile(`^resources/compute_volume_attach_v2.md, example 3$`):          "its output names a resource that it does not have",
	regexp.MustCompile(`^resources/compute_instance_v2.md, example \d+ without size`): "Nova, too, wants volume_size for an image's volume",
}

// filledIn makes the changes that examples need beside the guide's sed: values for their placeholders, and a storage policy's or an
// argument's name for a type of Cinder's.
func filledIn(text, image string) string {
	text = regexp.MustCompile(`"<image[- _]?u?u?id>"`).ReplaceAllString(text, `"`+image+`"`)
	text = strings.NewReplacer("ad091b52-742f-469e-8f3c-fd81cadf0743", image, "<flavor_id>", "3", "<keyname>", "my_key_pair_name",
		"<network_name>", "my_network", "<vol_name>", "volume", `volume_type = "multiattach"`, `multiattach = true`).Replace(text)
	instance := regexp.MustCompile(`(?ms)^resource "novasphere_compute_instance" "[^"]+" \{\n.*?^\}`)
	return instance.ReplaceAllStringFunc(text, func(block string) string { // what OS_FLAVOR_ID and OS_IMAGE_ID say there
		head, rest, _ := strings.Cut(block, "\n")
		if !strings.Contains(rest, "flavor_") {
			head += "\n  flavor_id = \"3\""
		}
		if !regexp.MustCompile(`(?m)^  image_|boot_index\s*= 0`).MatchString(rest) {
			head += "\n  image_name = \"debian-12\""
		}
		return head + "\n" + rest
	})
}

// TestAccDocumentationOfThePeer applies the examples of terraform-provider-openstack that have volumes, plans again, and destroys them.
// OPENSTACK_PROVIDER_DIR is a checkout of it; without it the test is skipped.
func TestAccDocumentationOfThePeer(t *testing.T) {
	t.Parallel()
	from := os.Getenv("OPENSTACK_PROVIDER_DIR")
	if from == "" {
		t.Skip("OPENSTACK_PROVIDER_DIR names no checkout of terraform-provider-openstack")
	}
	var applied []string
	for name, text := range peerExamples(t, from) {
		if !storagePages.MatchString(name) || strings.Contains(name, "instance") && !strings.Contains(text, "block_device") {
			continue
		}
		if !strings.Contains(text, "volume_size") && strings.Contains(text, `source_type           = "image"`+"\n"+
			`    destination_type      = "volume"`) {
			name += " without size"
		}
		refused := ""
		for pattern, why := range refusedHere {
			if pattern.MatchString(name) {
				refused = why
			}
		}
		t.Run(name, func(t *testing.T) { exampleOfThePeer(t, text, refused) })
		if refused == "" {
			applied = append(applied, name)
		}
	}
	slices.Sort(applied)
	t.Logf("applied: %d\n%s", len(applied), strings.Join(applied, "\n"))
}

// exampleOfThePeer applies one example, or has it refused at plan.
func exampleOfThePeer(t *testing.T, text, refused string) {
	t.Helper()
	vc := acctest.Start(t, vcsim.Options{})
	named := whatTheyName
	if regexp.MustCompile(`(?m)^data "openstack_blockstorage_(volume|snapshot)_v3"`).MatchString(text) {
		named += whatTheyFind
	}
	if err := protocol.Made(t, acctest.Factories["novasphere"], vc.Config("", named)); err != nil {
		t.Fatal(err)
	}
	found, said := vc.Provider(t, nil).Query("novasphere_images_image", map[string]any{"name": "debian-12"})
	if len(protocol.Errors(said)) > 0 {
		t.Fatal(said)
	}
	var image string
	if err := found["id"].As(&image); err != nil {
		t.Fatal(err)
	}
	ws := vc.NewWorkspace(t, vc.Wire(t), filledIn(alone(ported(t, text)), image))
	if refused != "" {
		if out, err := ws.Run("plan", "-no-color"); err == nil || !strings.Contains(out, "Error: ") {
			t.Errorf("it is planned, although %s:\n%s", refused, out)
		}
		return
	}
	ws.Apply()
	ws.PlanIsEmpty()
	ws.Destroy()
}

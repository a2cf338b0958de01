package faults_test

import (
	"fmt"
	"path/filepath"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// exampleFile returns the arguments of an image that is made of the example's file.
func exampleFile() string {
	file, err := filepath.Abs("../../../examples/resources/novasphere_images_image/disk.qcow2")
	if err != nil {
		panic(err) // there is no working directory
	}
	return fmt.Sprintf("  container_format = \"bare\"\n  disk_format = \"qcow2\"\n  local_file_path = %q\n", filepath.ToSlash(file))
}

// images returns images that go all ways into a vCenter at the same time. Leases are short: one that was lost is waited for.
func images() *faults.Noun {
	const config = `resource "novasphere_images_image" "host" {
  count      = 2
  name       = "host-${count.index}"
  upload_via = "host"
  tags       = [%[2]q]
%[1]s}
resource "novasphere_images_image" "vcenter" {
  count      = 2
  name       = "vcenter-${count.index}"
  upload_via = "vcenter"
  tags       = [%[2]q]
%[1]s}
resource "novasphere_images_image" "library" {
  count   = 2
  name    = "library-${count.index}"
  storage = "content_library"
  library = %[3]q
  tags    = [%[2]q]
%[1]s}
`
	file := exampleFile()
	return &faults.Noun{Name: "images", Options: vcsim.Options{Uploads: vcsim.UploadKnobs{LeaseTime: 2 * time.Second}},
		Create: fmt.Sprintf(config, file, "first", vcsim.LibraryName), Update: fmt.Sprintf(config, file, "second", vcsim.LibraryName)}
}

// imageNouns returns images in each of the ways into a vCenter.
func imageNouns() []*faults.Noun {
	image := func(name, more string) string { return named("images_image", name, exampleFile()+more) }
	const changed = "  tags = [\"a\"]\n  min_disk_gb = 2\n"
	library := fmt.Sprintf("  storage = \"content_library\"\n  library = %q\n", vcsim.LibraryName)
	return []*faults.Noun{
		{Name: "image", Create: image("debian", ""), Update: image("debian-2", changed)},
		{Name: "image through the vCenter", Create: image("debian", "  upload_via = \"vcenter\"\n")},
		{Name: "image in a library", Create: image("debian", library), Update: image("debian-2", library+changed)},
	}
}

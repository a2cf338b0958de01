// SPDX-License-Identifier: MPL-2.0

package faults_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

const (
	exampleDisk  = "../../../examples/resources/novasphere_images_image/disk.qcow2"
	changedImage = "  tags = [\"a\"]\n  min_disk_gb = 2\n"
	inLibrary    = "  storage = \"content_library\"\n  library = \"" + vcsim.LibraryName + "\"\n"
)

// briefLeases make an upload that nobody goes on with end at once, for which a user waits five minutes.
var briefLeases = vcsim.Options{Uploads: vcsim.UploadKnobs{LeaseTime: 5 * time.Second}}

// imageOf returns an image of a file with more arguments.
func imageOf(address, name, format, file, more string) string {
	at, err := filepath.Abs(file)
	if err != nil {
		panic(err) // there is no working directory
	}
	return fmt.Sprintf("resource \"novasphere_images_image\" %q {\n  name = %q\n  container_format = \"bare\"\n  disk_format = %q\n"+
		"  local_file_path = %q\n%s}\n", address, name, format, filepath.ToSlash(at), more)
}

func iso(address, name, more string) string {
	return imageOf(address, name, "iso", "../testdata/install.iso", more)
}

// installed returns an instance that starts from an ISO image, with a config drive beside it, or changed.
func installed(changed bool) string {
	more := ""
	if changed {
		more = "  metadata = { role = \"web\" }\n  power_state = \"shutoff\"\n"
	}
	return block("compute_instance", "  name = \"web\"\n  flavor_name = novasphere_compute_flavor.small.name\n"+
		"  image_id = novasphere_images_image.iso.id\n  config_drive = true\n  network { name = \"public\" }\n"+more)
}

// imageNouns returns images in each of the ways into a vCenter.
func imageNouns() []*faults.Noun {
	image := func(name, more string) string { return imageOf("it", name, "qcow2", exampleDisk, more) }
	return []*faults.Noun{
		{Name: "image", Options: briefLeases, Create: image("debian", ""), Update: image("debian-2", changedImage)},
		{Name: "image through the vCenter", Create: image("debian", "  upload_via = \"vcenter\"\n")},
		{Name: "image of an ISO", Create: iso("it", "install", ""), Update: iso("it", "install-2", changedImage)},
		{Name: "image of an ISO in a library", Create: iso("it", "install", inLibrary)},
		{Name: "instance of an ISO image", Base: flavor + iso("iso", "install", ""), Create: installed(false), Update: installed(true)},
		{Name: "image in a library", Create: image("debian", inLibrary), Update: image("debian-2", inLibrary+changedImage)},
	}
}

// images is an image in each of the ways into a vCenter, and an instance of each format.
func images() *faults.Noun {
	all := func(suffix, more string) string {
		return imageOf("host", "by-host"+suffix, "qcow2", exampleDisk, more) +
			imageOf("vcenter", "by-vcenter"+suffix, "qcow2", exampleDisk, "  upload_via = \"vcenter\"\n"+more) +
			imageOf("library", "in-library"+suffix, "qcow2", exampleDisk, inLibrary+more) +
			iso("iso", "install"+suffix, more) + iso("stored", "stored"+suffix, inLibrary+more) +
			strings.ReplaceAll(installed(false), `"web"`, `"installed"`) +
			strings.Replace(strings.Replace(instance(""), "image_name = \"debian-12\"", "image_id = novasphere_images_image.host.id", 1),
				"\"it\"", "\"cloned\"", 1)
	}
	return &faults.Noun{Name: "images", Strays: true, Options: briefLeases, Base: flavor, Create: all("", ""), Update: all("-2", changedImage)}
}

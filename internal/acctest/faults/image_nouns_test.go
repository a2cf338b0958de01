package faults_test

import (
	"fmt"
	"path/filepath"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

const (
	exampleDisk = "../../../examples/resources/novasphere_images_image/disk.qcow2"
	inLibrary   = "  storage = \"content_library\"\n  library = \"" + vcsim.LibraryName + "\"\n"
)

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

// images returns images that go all ways into a vCenter at the same time. Leases are short: one that was lost is waited for.
func images() *faults.Noun {
	all := func(tag string) (text string) {
		ways := map[string]string{"host": "  upload_via = \"host\"\n", "vcenter": "  upload_via = \"vcenter\"\n", "library": inLibrary}
		for name, more := range ways {
			for _, n := range []string{"-1", "-2"} {
				text += imageOf(name+n, name+n, "qcow2", exampleDisk, fmt.Sprintf("%s  tags = [%q]\n", more, tag))
			}
		}
		return text
	}
	return &faults.Noun{Name: "images", Strays: true, Create: all("first"), Update: all("second"),
		Options: vcsim.Options{Uploads: vcsim.UploadKnobs{LeaseTime: 2 * time.Second}}}
}

// imageNouns returns images in each of the ways into a vCenter.
func imageNouns() []*faults.Noun {
	image := func(name, more string) string { return imageOf("it", name, "qcow2", exampleDisk, more) }
	const changed = "  tags = [\"a\"]\n  min_disk_gb = 2\n"
	return []*faults.Noun{
		{Name: "image", Create: image("debian", ""), Update: image("debian-2", changed)},
		{Name: "image through the vCenter", Create: image("debian", "  upload_via = \"vcenter\"\n")},
		{Name: "image of an ISO", Create: iso("it", "install", ""), Update: iso("it", "install-2", changed)},
		{Name: "image of an ISO in a library", Create: iso("it", "install", inLibrary)},
		{Name: "instance of an ISO image", Base: flavor + iso("iso", "install", ""), Create: installed(false), Update: installed(true)},
		{Name: "image in a library", Create: image("debian", inLibrary), Update: image("debian-2", inLibrary+changed)},
	}
}

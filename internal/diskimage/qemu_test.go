// SPDX-License-Identifier: MPL-2.0

package diskimage_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage"
)

// qemuIO writes into an image as a guest would.
func qemuIO(t *testing.T, image, command string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "qemu-io", "-c", command, image).CombinedOutput(); err != nil {
		t.Fatalf("qemu-io %q: %s\n%s", command, err, out)
	}
}

// An image that was used: with a snapshot in it, clusters that share their data with it, discarded ones and reference counts that are
// written late.
func TestConvertGivesTheStateOfAnImageThatWasUsed(t *testing.T) {
	t.Parallel()
	for _, options := range []string{"lazy_refcounts=on", "extended_l2=on", "extended_l2=on,cluster_size=16k", "cluster_size=1k"} {
		t.Run(options, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			original, image, written := filepath.Join(folder, "o"), filepath.Join(folder, "image"), filepath.Join(folder, "written")
			content(t, original, 20*mebibyte+512)
			qemuImg(t, "convert", "-f", "raw", "-O", "qcow2", "-c", "-o", options, original, image)
			qemuIO(t, image, "write -P 7 1M 3k")
			qemuImg(t, "snapshot", "-c", "before", image)
			for _, command := range []string{
				"write -P 8 1M 512", "write -P 9 5000k 300k", "write -z 2M 100k", "discard 7M 1M", "write -P 1 19M 1k",
			} {
				qemuIO(t, image, command)
			}
			source := diskimage.Source{Path: image, DiskFormat: "qcow2", ContainerFormat: "bare"}
			converted, err := diskimage.Convert(t.Context(), source, folder, nil)
			if err != nil {
				t.Fatal(err)
			}
			save(t, converted, written)
			closed(t, converted)
			qemuImg(t, "compare", "-q", "-f", "qcow2", "-F", "vmdk", image, written)
		})
	}
}

// What QEMU makes of these options needs another file or a key.
func TestConvertRefusesWhatQEMUTiesToOtherFiles(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		format, options string
		want            string
	}{
		"a backing file":  {"qcow2", "-b base -F raw", "has a backing file (base)"},
		"a data file":     {"qcow2", "-o data_file=FOLDER/data,data_file_raw=on", "keeps its data in another file"},
		"encryption":      {"qcow2", "--object secret,id=k,data=x -o encrypt.format=aes,encrypt.key-secret=k", "is encrypted"},
		"a parent":        {"vmdk", "-b base.vmdk -F vmdk", "has a parent disk"},
		"a parent's name": {"vmdk", "-b base.vmdk -F vmdk -o subformat=monolithicSparse", `"base.vmdk"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			content(t, filepath.Join(folder, "base"), mebibyte)
			qemuImg(t, "create", "-q", "-f", "vmdk", filepath.Join(folder, "base.vmdk"), "1M")
			image := filepath.Join(folder, "image")
			args := strings.Fields("create -q -f " + tc.format + " " + strings.ReplaceAll(tc.options, "FOLDER", folder))
			qemuImg(t, append(args, image, "1M")...)
			source := diskimage.Source{Path: image, DiskFormat: tc.format, ContainerFormat: "bare"}
			_, err := diskimage.Convert(t.Context(), source, t.TempDir(), nil)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want it to say %q", err, tc.want)
			}
		})
	}
}

// SPDX-License-Identifier: MPL-2.0

package ova

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"hash"
	"io"
	"regexp"
	"strings"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/disk"
)

// manifestLine matches: algorithm, name, digest.
var manifestLine = regexp.MustCompile(`^(SHA1|SHA256|SHA384|SHA512)\s*\((.+)\)\s*=\s*([0-9a-fA-F]+)$`)

// checkManifest compares the files of an archive with its manifest, the .mf file beside the descriptor. An archive need not have one.
func checkManifest(ctx context.Context, file disk.File, members []member, descriptor member) error {
	beside := strings.TrimSuffix(descriptor.name, descriptor.name[len(descriptor.name)-len(".ovf"):]) + ".mf"
	for _, m := range members {
		if !strings.EqualFold(m.name, beside) {
			continue
		}
		text, err := read(file, m, longestManifest)
		if err != nil {
			return err
		}
		checked := map[string]bool{}
		for line := range strings.Lines(string(text)) {
			if line = strings.TrimSpace(line); line == "" {
				continue
			}
			if err := checkLine(ctx, file, members, line, checked); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkLine compares a file with its line of the manifest. No file has two: each line costs a read.
func checkLine(ctx context.Context, file disk.File, members []member, line string, checked map[string]bool) error {
	found := manifestLine.FindStringSubmatch(line)
	if found == nil {
		return disk.Refusef(export, "has a manifest with a line that is not read: %.100q", line)
	}
	algorithm, name, want := found[1], found[2], strings.ToLower(found[3])
	if checked[name] {
		return disk.Refusef(export, "has a manifest with two lines for %.100q", name)
	}
	checked[name] = true
	for _, m := range members {
		if m.name != name {
			continue
		}
		got, err := digest(ctx, file, m, algorithm)
		if err != nil {
			return err
		}
		if got != want {
			return disk.Refusef("transfer it again", "has a file %q whose %s is %s, and the manifest says %s: it was damaged", name, algorithm,
				got, want)
		}
		return nil
	}
	return disk.Refusef(export, "has no file %.100q, which its manifest names", name)
}

// digest returns the digest of a file.
func digest(ctx context.Context, file disk.File, m member, algorithm string) (string, error) {
	sum := map[string]func() hash.Hash{"SHA1": sha1.New, "SHA256": sha256.New, "SHA384": sha512.New384, "SHA512": sha512.New}[algorithm]()
	section := io.NewSectionReader(file, m.at, m.length)
	for ctx.Err() == nil {
		if _, err := io.CopyN(sum, section, 16<<20); err == io.EOF {
			return hex.EncodeToString(sum.Sum(nil)), nil
		} else if err != nil {
			return "", err
		}
	}
	return "", ctx.Err()
}

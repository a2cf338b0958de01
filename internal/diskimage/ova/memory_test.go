// SPDX-License-Identifier: MPL-2.0

package ova_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/memory"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/ova"
)

// longest is the longest descriptor that is read, in bytes.
const longest = 1 << 20

// What an archive is made of at its worst takes bounded memory.
func TestArchivesTakeBoundedMemory(t *testing.T) { //nolint:paralleltest // it measures memory
	fill := func(begin, part, end string) string {
		return begin + strings.Repeat(part, (longest-len(begin)-len(end))/len(part)) + end
	}
	for name, text := range map[string]string{
		"files":      fill(`<Envelope><References>`, `<File/>`, `</References></Envelope>`),
		"disks":      fill(`<Envelope><DiskSection>`, `<Disk/>`, `</DiskSection></Envelope>`),
		"attributes": fill(`<Envelope `, `a="" `, `></Envelope>`),
		"depth":      fill("", `<a>`, ""),
		"entities":   fill(`<Envelope>`, `&amp;`, `</Envelope>`),
		"names":      fill(`<Envelope xmlns:a="`, `x`, `"/>`),
	} {
		packed := archive(t, []entry{{name: "vm.ovf", text: text}, {name: "vm-disk1.vmdk", text: content}})
		t.Run(name, func(t *testing.T) {
			memory.Within(t, memory.Untrusted, func() {
				_, _, err := ova.Open(t.Context(), bytes.NewReader(packed))
				refused(t, name, err, "", "`")
			})
		})
	}
	holes := oldHoles(64 << 20)
	memory.Within(t, 2*memory.Untrusted, func() { // half of it is garbage already, as the list of holes grows
		_, _, err := ova.Open(t.Context(), bytes.NewReader(holes))
		refused(t, "holes", err, "is not an OVA", "file")
	})
}

// oldHoles returns an archive whose one file has more holes than any, in GNU tar's oldest way: blocks of 21 of them.
func oldHoles(length int) []byte {
	header := make([]byte, 512, length)
	put := func(at int, text string) { copy(header[at:], text) }
	put(0, "vm.ovf")
	put(100, "0000600")
	put(108, "0000000")
	put(116, "0000000")
	put(124, "00000000000")
	put(136, "00000000000")
	put(148, "        S")
	put(257, "ustar  ")
	hole := strings.Repeat("00000000000\x00", 2)
	put(386, strings.Repeat(hole, 4)+"\x01")
	put(483, "00000000000")
	sum := 0
	for _, b := range header {
		sum += int(b)
	}
	put(148, fmt.Sprintf("%06o\x00 ", sum))
	block := make([]byte, 512)
	copy(block, strings.Repeat(hole, 21)+"\x01")
	for len(header)+len(block) <= length {
		header = append(header, block...)
	}
	return header
}

// SPDX-License-Identifier: MPL-2.0

package vcsim

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"slices"
)

// uploadOf is a disk as a host takes it: with a descriptor, the tables that find its grains, a footer and an end.
func uploadOf(disk []byte) []byte {
	const sector, overhead, grain = 512, 128, 128
	u := uploadStream{}
	u.header(uint64(len(disk)/sector), ^uint64(0))
	descriptor := fmt.Sprintf("# Disk DescriptorFile\nversion=1\nCID=12345678\nparentCID=ffffffff\ncreateType=\"streamOptimized\"\n\n"+
		"RW %d SPARSE \"disk.vmdk\"\n\nddb.adapterType = \"lsilogic\"\n", len(disk)/sector)
	u.Write([]byte(descriptor))
	u.Write(make([]byte, overhead*sector-u.Len()))
	var folder, table []uint32
	table = make([]uint32, 512)
	for at := 0; at < len(disk); at += grain * sector {
		data := disk[at:min(at+grain*sector, len(disk))]
		if bytes.Count(data, []byte{0}) == len(data) {
			continue
		}
		if at/grain/sector >= len(table) {
			panic("one table of grains is written")
		}
		table[at/grain/sector] = uint32(u.Len() / sector)
		u.grain(uint64(at/sector), data)
	}
	u.marker(4, 1)
	folder = append(folder, uint32(u.Len()/sector))
	_ = binary.Write(&u, binary.LittleEndian, table)
	u.marker(1, 2)
	at := uint64(u.Len() / sector)
	_ = binary.Write(&u, binary.LittleEndian, append(folder, make([]uint32, 127)...))
	u.marker(1, 3)
	u.header(uint64(len(disk)/sector), at)
	u.marker(0, 0)
	return u.Bytes()
}

type uploadStream struct{ bytes.Buffer }

func (u *uploadStream) header(sectors, folder uint64) {
	b := make([]byte, 512)
	copy(b, "KDMV")
	binary.LittleEndian.PutUint32(b[4:], 3)
	binary.LittleEndian.PutUint32(b[8:], 1|1<<16|1<<17)
	for at, v := range map[int]uint64{12: sectors, 20: 128, 28: 1, 36: 20, 56: folder, 64: 128} {
		binary.LittleEndian.PutUint64(b[at:], v)
	}
	binary.LittleEndian.PutUint32(b[44:], 512)
	copy(b[73:], "\n \r\n\x01")
	u.Write(b)
}

func (u *uploadStream) marker(sectors uint64, kind uint32) {
	b := make([]byte, 512)
	binary.LittleEndian.PutUint64(b, sectors)
	binary.LittleEndian.PutUint32(b[12:], kind)
	u.Write(b)
}

func (u *uploadStream) grain(number uint64, data []byte) {
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	_, _ = z.Write(data)
	_ = z.Close()
	_ = binary.Write(u, binary.LittleEndian, number)
	_ = binary.Write(u, binary.LittleEndian, uint32(packed.Len()))
	u.Write(packed.Bytes())
	u.Write(make([]byte, (512-u.Len()%512)%512))
}

// spoiled is a stream with other bytes at some place.
func spoiled(stream []byte, at int, with ...byte) []byte {
	out := slices.Clone(stream)
	if at < 0 {
		at += len(out)
	}
	copy(out[at:], with)
	return out
}

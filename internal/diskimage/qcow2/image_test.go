// SPDX-License-Identifier: MPL-2.0

package qcow2_test

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zstd"
)

// Places in the images of these tests, whose clusters have 512 bytes: the L1 table has one entry, the L2 table 64.
const (
	clusterSize = 512
	tableAt     = 1 * clusterSize
	entriesAt   = 2 * clusterSize
	dataAt      = 3 * clusterSize
	packedAt    = 4*clusterSize + 5 // compressed clusters begin anywhere
	fileSize    = 6 * clusterSize
	diskSize    = 40*clusterSize + 100
)

// Entries of the L2 table.
const (
	dataIndex   = 3
	packedIndex = 7
	zeroIndex   = 9
)

// image returns an image of version 3 with a cluster of data, a compressed one and one of zeros.
func image(t testing.TB, zstandard bool) []byte {
	t.Helper()
	raw := make([]byte, fileSize)
	copy(raw, "QFI\xfb")
	put32(raw, 4, 3)
	put32(raw, 20, 9)
	put64(raw, 24, diskSize)
	put32(raw, 36, 1)
	put64(raw, 40, tableAt)
	put32(raw, 100, 112)
	if zstandard {
		put64(raw, 72, 1<<3)
		raw[104] = 1
	}
	put64(raw, tableAt, entriesAt|1<<63)
	put64(raw, entriesAt+8*dataIndex, dataAt|1<<63)
	put64(raw, entriesAt+8*packedIndex, packedAt|1<<62)
	put64(raw, entriesAt+8*zeroIndex, dataAt|1)
	copy(raw[dataAt:], cluster('d'))
	copy(raw[packedAt:], pack(t, cluster('p'), zstandard))
	return raw
}

// cluster returns a cluster full of a letter.
func cluster(letter byte) []byte { return bytes.Repeat([]byte{letter}, clusterSize) }

// pack compresses a cluster.
func pack(t testing.TB, data []byte, zstandard bool) []byte {
	t.Helper()
	if zstandard {
		encoder, err := zstd.NewWriter(nil)
		if err != nil {
			t.Fatal(err)
		}
		return encoder.EncodeAll(data, nil)
	}
	packed := &bytes.Buffer{}
	w, err := flate.NewWriter(packed, 9)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

// wholeDisk returns what an image of these tests holds.
func wholeDisk() []byte {
	whole := make([]byte, diskSize)
	copy(whole[dataIndex*clusterSize:], cluster('d'))
	copy(whole[packedIndex*clusterSize:], cluster('p'))
	return whole
}

func put32(raw []byte, at int, value uint32) { binary.BigEndian.PutUint32(raw[at:], value) }

func put64(raw []byte, at int, value uint64) { binary.BigEndian.PutUint64(raw[at:], value) }

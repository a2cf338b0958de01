// SPDX-License-Identifier: MPL-2.0

package qcow2

import (
	"bytes"
	"io"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zstd"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/disk"
)

// inflater holds a decompressor, which is used again for each cluster, and the cluster that was inflated last.
type inflater struct {
	flate   io.ReadCloser
	zstd    *zstd.Decoder
	packed  []byte
	cluster []byte
	host    int64 // where the cluster in hand lies in the file, or 0
}

// largestWindow bounds what a zstd frame may demand, in bytes; a cluster has at most 2 MiB.
const largestWindow = 8 << 20

// inflated returns a whole cluster, valid until the next call.
func (r *Reader) inflated(from span) ([]byte, error) {
	in := &r.inflate
	if in.host == from.host {
		return in.cluster, nil
	}
	in.host = 0
	if in.cluster == nil {
		in.cluster, in.packed = make([]byte, r.cluster()), make([]byte, 2*r.cluster())
	}
	packed := in.packed[:from.packed]
	if err := disk.ReadFull(r.file, packed, from.host); err != nil {
		return nil, cut(err, "compressed data")
	}
	source, err := in.reader(r.zstd, packed)
	if err != nil {
		return nil, err
	}
	if _, err := io.ReadFull(source, in.cluster); err != nil {
		return nil, disk.Refusef(disk.Again, "has a compressed cluster at byte %d that does not inflate to %d bytes (%s)",
			from.host, r.cluster(), err)
	}
	in.host = from.host
	return in.cluster, nil
}

// reader returns the decompressor, set to the bytes of a cluster.
func (in *inflater) reader(zstandard bool, packed []byte) (io.Reader, error) {
	source := bytes.NewReader(packed)
	if zstandard {
		if in.zstd != nil {
			return in.zstd, in.zstd.Reset(source)
		}
		var err error
		in.zstd, err = zstd.NewReader(source, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxWindow(largestWindow))
		return in.zstd, err
	}
	if in.flate == nil {
		in.flate = flate.NewReader(source)
		return in.flate, nil
	}
	resetter, _ := in.flate.(flate.Resetter)
	return in.flate, resetter.Reset(source, nil)
}

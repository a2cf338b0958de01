// SPDX-License-Identifier: MPL-2.0

package qcow2

import (
	"context"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/diskimage/disk"
)

// check reads all tables once. Besides places that cannot be, it refuses tables that map more than the file holds: such an image grows
// without bounds when it is read, and no program writes one. What it reads is therefore at most as much as the file.
func (r *Reader) check(ctx context.Context) error {
	most := r.file.Size()/r.cluster() + 1
	var tables, clusters, packed int64
	for i := range r.header.tables {
		if i%pageEntries == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		at, err := r.table(i)
		if err != nil {
			return err
		}
		if at == 0 {
			continue
		}
		if tables++; tables%256 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		data, compressed, err := r.checkTable(i, at)
		if err != nil {
			return err
		}
		clusters, packed = clusters+data, packed+compressed
		if tables > most || clusters > most || packed > r.file.Size() {
			return disk.Refusef(repair, "maps more data than the file holds")
		}
	}
	return nil
}

// checkTable checks the entries of an L2 table and returns how many clusters it maps to plain data, and how many bytes compressed ones
// take at the least.
func (r *Reader) checkTable(index, at int64) (clusters, packed int64, err error) {
	table, err := r.tables.At(at, int(r.cluster()))
	if err != nil {
		return 0, 0, cut(err, "an L2 table")
	}
	unit, reach := r.unitSize(), r.perTable()*r.cluster()
	units := (min(reach, r.size-index*reach) + unit - 1) / unit
	perCluster := r.cluster() / unit
	counted := int64(-1) // the cluster that was counted last
	for i := int64(0); i < units; i++ {
		found, err := r.unit(table, i)
		if err != nil {
			return 0, 0, err
		}
		switch {
		case found.kind == plain && counted != i/perCluster:
			counted, clusters = i/perCluster, clusters+1
		case found.kind == compressed:
			packed += max(1, found.packed-2*disk.Sector)
			i += perCluster - 1
		}
	}
	return clusters, packed, nil
}

// SPDX-License-Identifier: MPL-2.0

package base

// Sizes in bytes.
const (
	MiB = int64(1) << 20
	GiB = int64(1) << 30
	TiB = int64(1) << 40
)

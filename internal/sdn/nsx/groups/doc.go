// SPDX-License-Identifier: MPL-2.0

// Package groups carries out security groups, their rules and address groups in NSX, as the records have them: each is a group of NSX, and
// a security group a security policy besides. Records are written first and deleted last.
package groups

// SPDX-License-Identifier: MPL-2.0

// Package policy translates OpenStack's nouns to objects of NSX's Policy API and back. It calls nothing. The fields and their limits are
// those of the API of NSX 4.1 and 9.1.
package policy

// SPDX-License-Identifier: MPL-2.0

// Package mixed has networks on distributed switches and on NSX side by side, on one set of records. It only decides whose a network is.
package mixed

// SPDX-License-Identifier: MPL-2.0

// Package qos keeps a QoS profile in NSX for each QoS policy that a network there has. What is bound to it, the caller knows.
package qos

// Package download gets the file of an image from a URL, or from this machine, and makes it whole: resumed where a connection broke,
// checked against a checksum, and decompressed where that is asked for.
package download

"""The core of Paperboy: values in, values out; no AWS, network, clock or environment."""

VERSION = "0.1.0"
HOMEPAGE = "https://github.com/lim4349/paperboy"

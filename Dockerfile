# Jupyter with the GoNB kernel and this module:
#   docker build -t zcnas . && docker run --rm -p 127.0.0.1:8888:8888 zcnas
# and open the address with the token that it prints. Without 127.0.0.1 the whole network could reach it. .ci/run
# rehearses these steps.
FROM golang:1.26-bookworm
RUN useradd --create-home zc
ENV GOPATH=/home/zc/go
WORKDIR /home/zc/zcnas
COPY . .
RUN .ci/image-setup zc /home/zc && rm -rf /var/lib/apt/lists/*
USER zc
EXPOSE 8888
CMD ["/home/zc/go/bin/notebooks", "-serve", "-ip", "0.0.0.0"]

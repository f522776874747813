"""A second output: the numbers from which a network makes its scores."""

import keras


def with_embedding(network: keras.Model) -> keras.Model:
    """Return the network with what its last layer is fed as a second output.

    Args:
        network: Its last layer is named "logits".

    Returns:
        From the same input to [logits, embedding].
    """
    last = network.get_layer("logits")
    heard = last.input
    while isinstance(producer := heard._keras_history.operation, keras.layers.Dropout):
        heard = producer.input
    return keras.Model(network.input, [network.output, heard])
